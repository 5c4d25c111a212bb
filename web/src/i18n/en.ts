/** Every sentence of the console, in English. */
import type zh from './zh-CN'

type Filled<T> = { [K in keyof T]: T[K] extends string ? string : Filled<T[K]> }

const en: Filled<typeof zh> = {
  brand: 'Pingfeng',
  unknown: 'unknown', because: ': {why}',
  do: { retry: 'Try again', close: 'Close', cancel: 'Cancel', save: 'Save' },
  n: { devices: '{n} screen | {n} screens', documents: '{n} file | {n} files', errors: '{n} error | {n} errors', warnings: '{n} warning | {n} warnings' },
  nav: { all: 'Pages', overview: 'Overview', devices: 'Devices', exhibitions: 'Exhibitions', releases: 'Publish', checkins: 'Check-ins', quiz: 'Quizzes', settings: 'Settings', more: 'More', skip: 'Skip to the page' },
  bar: {
    all: 'All sites', channel: 'Live channel', fine: 'fine', opening: 'connecting', delay: '{ms} ms', lost: 'No updates since {at}', beijing: 'Beijing time', leave: 'Sign out',
  },
  hub: { blocked: 'the hub is not reachable' },
  keys: {
    rows: 'Rows', help: 'All keys', find: 'Find anything', down: 'Next row', up: 'Previous row', open: 'Open', why: 'Show why', picture: 'Picture', filter: 'Filter', all: 'Show all', back: 'Back',
    next_finding: 'Next finding', previous_finding: 'Previous finding', open_file: 'Edit here',
  },
  find: { hint: 'Devices, releases, exhibitions, files, events', title: 'Find anything', nothing: 'Nothing is called “{wanted}”' },
  gate: { print: 'Certificate fingerprint', rules: 'Only the fingerprint on the cabinet’s label is the right hub. There is no default account; sign-ins are in the audit log' },
  signin: {
    title: 'Sign in to the hub', user: 'User', password: 'Password', caps_on: 'Caps lock: on', caps_off: 'Caps lock: off', go: 'Sign in', forgot: 'Forgotten: another administrator resets it',
    need_user: 'user name first', need_password: 'password missing', needs_setup: 'This hub has no administrator yet. Open the one-time link that it printed when it started.',
  },
  setup: {
    title: 'First administrator', sub: 'This link works once and is worthless afterwards', user: 'User', user_hint: 'letters and digits, 2 to 32', again: 'Password again', password_hint: 'at least {n} characters', go: 'Create the account and enter', once: 'Later accounts are made by an administrator',
    no_token: 'the link carries no token', need_user: 'user name first', short: 'password {n} characters short', differ: 'the passwords differ', done_before: 'Set-up was done before; this link is of no use any more.',
  },
  status: { online: 'Online', updating: 'Updating', behind: 'Behind', offline: 'Offline', fault: 'Fault', pending: 'Pending' },
  phase: { boot: 'Starting', loading: 'Loading', attract: 'Attract', visit: 'In use', fault: 'Fault page' },
  overview: {
    sentence: '{right} of {n} screen shows what it should | {right} of {n} screens show what they should', comma: '; ', hand: '{n} needs a look | {n} need a look',
    right: 'Screens that are right', offline_note: '{n} offline: what it shows is unknown | {n} offline: what they show is unknown', connected: 'all connected', newest: '{name} on its way', confirmed: 'confirmed on the glass', no_release: 'Nothing published', no_release_more: 'upload an exhibition, publish it to a group', today: 'Check-ins today', events: '{n} event | {n} events',
    waiting: 'Records to come', waiting_all: 'as the devices report', waiting_unknown: 'unknown for {n} offline | unknown for {n} offline', begin: 'Three steps to the first screen',
    first_device: 'Enrol a device', first_device_more: 'Get a one-time code and type it on the device', first_upload: 'Upload an exhibition', first_upload_more: 'One zip; mistakes are shown at their file, line and column', first_publish: 'Publish to a group', first_publish_more: 'Build a release, give it to screens, watch each one confirm',
    todo: '{n} thing to do | {n} things to do', todo_order: 'worst first', nothing: 'Nothing to do', all_right: '{n} screen is right | all {n} screens are right', see: 'Look', go: 'Begin', cells: 'Every screen', cells_more: 'one cell each; open it to see why', arrivals: 'Just now', all: 'All', no_arrivals: 'Nobody has checked in yet', foot: 'No cinnabar on the page: nothing for you to do',
  },
  fleet: {
    enrol: 'Enrol a device…', hand: 'Need a hand', all: 'All', filter: 'Filter: name, group, release, reason…', none: 'No device yet', none_more: 'Enrol one: it gets a certificate of its own that can be revoked on its own', no_match: 'No device fits', show_all: 'Show all', same: 'same', never: 'never reported', open: 'Open device', shown: '{n} of {all} shown | {n} of {all} shown',
    col: { status: 'Status', glass: 'Picture', device: 'Device', why: 'On the glass · why', release: 'Running → target', group: 'Group', clock: 'Clock', seen: 'Frame / report' },
  },
  glass: { alt: 'Picture of {name}', none: 'No picture taken yet', old: 'old' },
  why: {
    stops_here: 'stops here',
    step: { target: 'Target', files: 'Files', switch: 'Switch', glass: 'Glass' },
    next: { no_target: 'No target yet → publish a release to group “{group}”', settled: 'Same as its target {target}', settled_outbox: 'Same as its target {target}; {n} records wait to be sent', no_report: 'Waiting for its first report', never: 'Has never connected', away: 'No report since {at}; it plays on and catches up by itself', away_outbox: 'No report since {at}; it plays on and keeps {n} records until it is back', away_before: 'No report since {at}; before that: {before}' },
    chain: {
      no_target: 'No release was given to it', told: '{target}, revision {revision}, received', untold: '{target} was given, not received yet', told_unknown: '{target} was given, whether received is unknown',
      files_none: 'No files to fetch', files_whole: 'Files of {target} are whole and verified', files_fetching: '{done} of {total}, {percent} %', files_wait: 'Begins when the target is received', failed: 'Failed: {what}', failed_other: 'Failed: {code}',
      switch_wait: 'Begins when all files are verified', switch_back: '{target} drew nothing; taken back', switch_waiting: 'A visitor is using it; waits', switch_confirming: 'Switched; waits for steady frames', switched: 'Switched between visits',
      glass_never: 'Never reported', glass_unknown: 'Presumably still {running}, not verified', glass_fault: 'The program reports a fault', glass_release: '{running}', glass_folder: 'The exhibition in its folder', glass_fallback: 'The built-in fallback',
    },
  },
  reason: {
    disk_full: { what: 'Disk full', todo: 'make room on this machine, or fit a larger disk' },
    disk_read_only: { what: 'The disk has become read-only, the release cannot be stored', todo: 'look at the disk on the spot: usual after a power cut or before a disk dies; mend it and restart' },
    io: { what: 'Disk error', todo: 'the device’s log names the file; if it comes back, change the disk' },
    hash_mismatch: { what: 'A file did not match its hash and was dropped', todo: 'it is fetched again; if it comes back, check the network and the hub’s disk' },
    manifest_invalid: { what: 'Invalid manifest', todo: 'build a release from the draft again and publish that' },
    too_new: { what: 'Its program is too old for this release', todo: 'update the program of this device first' },
    no_frames: { what: 'The release drew nothing and was taken back', todo: 'check its attract page and media, then publish a mended release' },
    visiting: { what: 'A visitor is using it', todo: 'order again when the visitor has gone' },
    no_scene: { what: 'Its release has no such scene', todo: 'choose another scene, or publish a release that has it' },
    covered: { what: 'A notice or the blackout covers its pages', todo: 'take that back first' },
    unknown: { what: 'The device cannot carry this out', todo: 'see that its display is on, or update the program' },
    too_large: { what: 'The picture is too large to send', todo: 'take another; if it stays so, read the device’s log' },
  },
  line: {
    never_seen: 'Enrolled, has not connected yet', no_report: 'Has connected, has not reported yet', on_the_glass: '{what} · {scene} ← {phase}', offline: 'Not connected', phase_fault: 'The program reports a fault and shows the last good picture → restart the program, else look on the spot', records_refused: 'The hub did not take {n} records; they are kept aside on the device → the hub’s log says why',
    fetching: 'Fetching {target}: {percent} %, {left} to go', waiting_for_visit: '{target} is ready; it switches when the visitor has gone', confirming: 'Switched to {target}; the picture is being checked', target_not_taken: 'The target is {target}; the device has not begun to fetch', failed: '{what}; the old release plays on → {todo}', failed_retry: '{what}; the old release plays on, next try at {at} → {todo}',
    other: '{said} ({code})', two: '{first}; {second}', presumed: 'Presumably {line}; not verified',
  },
  device: {
    previous: 'Previous', next: 'Next', gone: 'There is no such device', back: 'Back to the devices', glass: 'Picture at the glass', taken: 'taken {at}, {ago}', taken_at: 'taken {at}', taking: 'Taking', picture: 'Take a picture', picture_done: 'New picture of {name}', picture_missed: 'No picture came within 15 seconds; this is an old one', unverified: 'From before the connection broke; what it shows now is unknown', not_connected: 'the device is not connected',
    why: 'Why it shows this', target_actual: 'Target and running', reported: 'reported {at}', item: 'Item', target: 'Target', actual: 'Running', none: 'none', origin_release: 'release', origin_folder: 'its folder', origin_fallback: 'fallback', clock_within: 'within 2 s', clock_fast: '{by} fast', clock_slow: '{by} slow', tenths: '{n} s',
    row: { release: 'Release', told: 'Revision', phase: 'Phase', scene: 'Scene', display: 'Display', clock: 'Clock', outbox: 'Records', refused: 'Refused', program: 'Program', certificate: 'Certificate' },
    fetching: 'Fetching {name}', fetched: '{done} / {total}, {percent} %', orders: 'Orders and receipts', orders_more: 'expired orders are not made up for', no_orders: 'No orders yet', rename: 'Rename, move…', restart: 'Restart program…', remove: 'Remove device…', facts: 'Registered', id: 'Id', host: 'Host name', enrolled: 'Enrolled', its_clock: 'Its clock', foot: 'While a device is away, this page keeps what was known last and says when',
    restart_title: 'Restart the program of {name}?', restart_changes: 'The program ends and starts again; the screen does not answer for some seconds and a visitor is interrupted', restart_keeps: 'Exhibition, release and unsent records stay', restart_sent: 'Restart ordered', remove_title: 'Remove {name}?', remove_changes: 'Its certificate is worthless at once and it cannot connect; it has to be enrolled again', remove_keeps: 'Its check-ins and quiz results stay; the screen goes on with what it has',
  },
  order: { screenshot: 'Take a picture', restart: 'Restart program', show_scene: 'Show scene', sent: 'sent', received: 'received', done: 'done', expired: 'expired unreached', refused: 'not done: {what}; {todo}', refused_other: 'not done: {code}' },
  enrol: {
    name: 'Name, as in the list', name_like: 'East hall 05', site: 'Site', group: 'Group', ids: 'Choose one, or type a new name to make one', first_site: 'Main hall', first_group: 'Hall', print: 'The device should show this fingerprint of the hub', need_name: 'name first', need_site: 'name the site', need_group: 'name the group', make: 'Make a code',
    type_it: 'Type this code on the device of “{name}”:', code: 'Enrolment code', valid: 'Works once, for another {left}', expired: 'This code has expired unused', command: 'Or run this on the device:', waiting: 'The device appears here as soon as it connects', came: '{name} is enrolled', came_more: 'It has its own certificate; publish to its group and it will change', again: 'Make another',
  },
  confirm: { changes: 'Changes', keeps: 'Stays', type: 'Type “{name}”', not_typed: 'type the name' },
  upload: { drop: 'Drop the zip of an exhibition here', pick: 'Upload the zip of an exhibition', limits: 'Documents, pictures, films; mistakes never touch what is playing', choose: 'Choose a zip…', busy: 'busy with the last one', sent: '{sent} of {total} sent', check: 'Checking the upload', refused: 'Not taken; these have to be mended first' },
  job: { queued: 'queued', running: 'running', done: 'done', failed: 'failed' },
  step: { unpack: 'unpacking', check: 'checking', pictures: 'preparing pictures', blobs: 'storing files', store: 'registering' },
  exhibitions: { sub: 'Changes stay in the draft; nothing on a screen changes before publishing', name: 'Exhibition', size: 'Files', check: 'Check', fine: 'no errors', latest: 'Latest', changed: 'Changed', none: 'No exhibition yet', none_more: 'Upload a zip; findings name the line and column', foot: 'Uploading changes the draft only, never a screen' },
  exhibition: { errors: '{n} error, cannot be published | {n} errors, cannot be published', fine: 'No errors, ready to publish', changed: 'changed {at}', files: 'Files', findings: 'Findings', nothing: 'Nothing found', nothing_more: 'Ready to publish', foot: 'Uploads and edits stay in the draft' },
  finding: { band: { error: 'Errors: mend before publishing', warning: 'Warnings: may be published, please look', note: 'Notes' }, hint: 'Remedy', edit: 'Edit here', not_text: 'not a document; replace it and upload again', draft_only: 'Edits stay in the draft until published' },
  editor: {
    write: 'Write', dirty: 'Not saved', clean: 'Saved', unchanged: 'nothing changed', save_first: 'save first', saved: 'Saved and checked', undone: 'The earlier text is back', as_saved: 'of the saved text', nothing: 'Nothing wrong in this file', elsewhere: '{n} error in other files. | {n} errors in other files.', history: 'History', undo: 'Bring back', no_history: 'Never changed', now: 'now',
    conflict: 'Somebody saved after you began', conflict_more: 'Nothing was overwritten. See the difference and choose; the other version stays in the history.', theirs: 'Saved now, from line {line}', mine: 'Yours', keep_editing: 'Go on editing', take_theirs: 'Take the saved one, drop mine', take_mine: 'Keep mine',
    leave: 'Not saved yet', leave_more: 'The changes to “{path}” are not saved.', throw_away: 'Throw away', foot: 'The hub checks on every save; screens change on publishing',
    find: 'Find', find_next: 'next', find_previous: 'previous', find_all: 'all', replace: 'replace', replace_all: 'replace all', match_case: 'match case', regexp: 'regexp', by_word: 'by word',
  },
  publish: {
    open: 'Publish…', title: 'Publish “{name}”', note: 'What changed', note_like: 'One sentence for the list', groups: 'To which groups', no_groups: 'No group yet: enrol a device first. A release can be built already.', nothing_yet: 'nothing yet', when: 'Screens change between visits; nobody is interrupted.', reading: 'reading the groups', building: 'Building the release', busy: 'building, please wait', go: 'Build and give to {n} screen | Build and give to {n} screens', only_build: 'Build only', fix_first: 'mend {n} error first | mend {n} errors first',
  },
  releases: { sub: 'A release never changes; publishing sets what screens should run', drafts: 'Drafts', release: 'Release', what: 'Content', confirmed: 'Confirmed', size: 'Size', made: 'Built', unused: 'on no screen', none: 'No release yet', none_more: 'Publish the first one from a draft above', none_draft: 'Upload an exhibition first', foot: '“Confirmed” means drawn steadily on the glass, not “files arrived”' },
  release: {
    sealed: 'Sealed, not published', all_confirmed: 'All confirmed', rolling: 'On its way', glass: 'On the glass', of: '{n} screen confirmed | {n} screens confirmed', confirmed_means: '“Confirmed” means drawn steadily on the glass, not “files arrived”', open: '{n} not confirmed yet | {n} not confirmed yet', nowhere: 'Not given to any screen', nowhere_more: 'Choose groups; screens change between visits', all_more: '{n} screen has changed | all {n} screens have changed', by_group: 'By group', other: 'has another target', hash: 'Manifest hash', files: 'Files', give: 'Give to groups…', give_title: 'Give {name} to which groups', given: 'Given to {n} screen | Given to {n} screens', pick: 'choose a group', older: '{groups}: the present target is newer; this goes back', foot: 'Publishing sets the target; each screen reports when it changed, or why not',
  },
  stage: { confirmed: 'Confirmed', confirming: 'Checking', fetching: 'Fetching', waiting: 'Visitor', failed: 'Failed', untold: 'Not begun', offline: 'Offline' },
  checkins: { sub: 'Who has come, while it happens', still: 'Screens go on checking people in and keep the records.', none: 'No event yet', none_more: 'Make one, and name its id in the check-in scene', state: 'State', everywhere: 'All sites', foot: '{n} event | {n} events' },
  event: {
    new: 'New event…', name: 'Event', name_like: 'Open day, November', id: 'Event id', id_hint: 'as the check-in scene names it', need_name: 'name first', need_id: 'id in a-z, 0-9', taken: 'this id exists', no_site: 'no such site', make: 'Create', came: 'Came', expected: '{n} expected | {n} expected', on_screens: 'At screens', on_screens_more: 'code, card, scanner', elsewhere: 'Elsewhere', elsewhere_more: 'by hand and other systems', unseen: 'Not visible yet', unseen_more: '{name} is offline and keeps its check-ins | {name} and others ({n}) are offline and keep their check-ins', all_online: 'every screen is connected',
    just_now: 'Just now', off_list: 'not on the roster', live: 'live', filter: 'Find a person', nobody: 'Nobody yet', nobody_more: 'The first check-in appears at once', col: { at: 'At', name: 'Name', way: 'How', where: 'Where', hub: 'At the hub' }, stored: 'stored', late: 'sent late, by {by}', at_hub: 'Not at a screen', minutes: 'Per minute', minutes_most: 'last 30 min, at most {n} | last 30 min, at most {n}', screens: 'Screens', no_screens: 'No check-in at a screen yet', roster: 'Roster', add: 'Enter by hand…', add_who: 'Code of the roster, or a name', add_more: 'A code of the roster shows the name there; one person counts once', add_empty: 'code or name first', entered: 'Checked in', export: 'Export', foot: 'Names are shown in part, here and on screens', open: 'Open', closed: 'ended {at}', is_closed: 'check-in has ended', close: 'End check-in', reopen: 'Open again',
  },
  way: { code: 'Code on the screen', scanner: 'Card or scanner', api: 'By hand or system', manual: 'By hand' },
  roster: { none: 'No roster: check-ins show codes only', how: 'One person a line: code,name. Paste from a spreadsheet or choose a CSV. Saving replaces the whole roster.', file: 'Choose a CSV…', read: '{n} person read | {n} people read', line: 'Line {line}: ', bad_code: 'not a code', bad_name: 'name empty or too long', twice: 'one code with two names', full: 'more than 5000 people', more_wrong: '{n} more | {n} more', fix: 'mend the marked lines', saved: 'Roster of {n} saved | Roster of {n} saved' },
  quiz: { sub: '{n} quiz finished; nobody is named | {n} quizzes finished; nobody is named', runs: '{n} run | {n} runs', right: '{percent} % right', question: 'Question, hardest first', answers: 'Answers', rate: 'Right at first try', few: 'fewer than {n}, not shown', none: 'Nobody has finished one yet', none_more: 'It takes a quiz scene in a published exhibition and one visitor who finishes it', foot: 'Totals only; questions with fewer than 5 answers show no rate. Their words are from the drafts; ids where there are none' },
  settings: {
    audit: 'Audit log', audit_more: 'newest 200', you: 'You', language: 'Language', hub: 'Hub', hub_name: 'Name', version: 'Program', api: 'Interface', token: 'key', tokens: 'Keys for other systems', new_token: 'New key…', no_tokens: 'None yet. Gates and registration systems send check-ins with a key.', token_name: 'Used by', token_like: 'East gate', token_made: 'Made', token_used: 'Last used', token_never: 'never', token_need: 'say who uses it', make: 'Create', token_once: 'Shown this once; the hub keeps only its fingerprint:', copy: 'Copy', copied: 'Copied', revoke: 'Revoke…', revoke_title: 'Revoke “{name}”?', revoke_changes: 'The system that uses it cannot send check-ins from now on', revoke_keeps: 'Check-ins it has sent stay', foot: 'A key is shown only when it is made',
  },
  audit: { set_up: 'set up', sign_in: 'signed in', locked: 'locked after wrong tries', import: 'imported a folder', create_api_token: 'made a key', delete_api_token: 'revoked a key', create_enrol_code: 'made an enrolment code', enrol: 'enrolled', change_device: 'changed a device', delete_device: 'removed a device', command: 'ordered', create_group: 'made a group', set_target: 'set a group’s target', build: 'built a release', publish: 'published', upload: 'uploaded', save_document: 'edited', undo_document: 'took back an edit', create_event: 'made an event', close_event: 'ended check-in', reopen_event: 'reopened check-in', put_attendees: 'replaced a roster', check_in: 'checked somebody in' },
  err: {
    screens_go_on: 'Screens go on playing.', unknown: '{said} ({code})', unsaid: 'It did not work', network: 'The hub cannot be reached; check the network and that it is running', http_502: 'The hub did not answer; check that it is running', http_503: 'The hub is busy; try again in a while', not_zip: 'Only zip files',
    signed_out: 'Sign in first', wrong_credentials: 'User or password is wrong; repeated failures lock for 5 minutes', locked: 'Too many wrong passwords: this account is locked; try again in 5 minutes', too_many_attempts: 'Too many tries; wait a while', weak_password: 'The password is too short or too easy; choose another', setup_link_invalid: 'This one-time link is wrong or used; restarting the hub prints a new one', csrf: 'The request did not come from the console; open it at the hub’s own address', token_unknown: 'This key is wrong or was revoked',
    not_found: 'It does not exist, perhaps it was deleted; look at the list', method_not_allowed: 'The hub does not know this request; console and hub may differ in version, reload the page', invalid_body: 'The hub cannot read what was sent; console and hub may differ in version, reload the page', invalid_query: 'The hub cannot read the conditions in the address; start from the list', invalid_request: 'The enrolment request is not right; update the device’s program and try again', invalid_text: 'The text is empty or too long', invalid_id: 'Ids are lower-case letters, digits, hyphens and underscores', invalid_code: 'The roster has a code that is empty or too long', invalid_path: 'A document is a .yaml file inside the exhibition', id_taken: 'This id exists; choose another', too_long: 'Too long; shorten it', too_many: 'Too many; send them in parts', too_large: 'Larger than the hub takes',
    document_changed: 'Somebody saved after you; look at the difference first', etag_required: 'The save did not say what it was based on; reload the page', no_group: 'Choose at least one group', offline: 'The device is not connected; order again when it is', busy: 'Too much work is waiting; come back when some of it is done', timeout: 'The hub took too long; try again in a while', internal: 'The hub failed inside; its log says why',
    code_unknown: 'There is no such enrolment code; check its eight characters', code_used: 'This enrolment code was used; make another', code_expired: 'This enrolment code has expired; make another', event_closed: 'Check-in has ended; open it again to enter somebody', unknown_code: 'The roster has no such code; check it, or enter the name', code_or_name: 'Give either a code or a name', duplicate_code: 'The roster has a code twice',
    empty: 'The upload was empty; choose the file again', cut_off: 'The upload was cut off; send it again', stalled: 'The upload stood still for too long; check the network and send it again', disk_full: 'The hub’s disk is full; make room first', interrupted: 'The hub restarted before this was done; do it again', no_exhibition: 'The zip has no exhibition.yaml with a valid id; pack the folder that has it', other_exhibition: 'This is another exhibition; upload it as a new one on Exhibitions, or change its id', has_errors: 'There are errors; mend them first',
    io: 'The hub could not read or write a file; its log says which', path_refused: 'A path is not taken: no absolute paths, no .., backslashes or control characters', special_file: 'There is a link or special file; only plain files and folders are taken', name_encoding: 'A file name is not UTF-8; pack with a newer tool or use English names', too_many_files: 'Too many files; leave out what is not needed', zip_bomb: 'It unpacks to far more than its size and was not taken; pack it again', zip_invalid: 'The zip is broken or is none; pack it again',
  },
}

export default en
