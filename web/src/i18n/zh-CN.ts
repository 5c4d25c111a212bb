/** Every sentence of the console, in Chinese. The shape is the contract that `en.ts` has to fill. */
import trust from './trust.zh-CN'

export default {
  brand: '屏风',
  unknown: '不明', because: '：{why}',
  do: { retry: '重试', close: '关闭', cancel: '取消', save: '保存' },
  n: { devices: '{n} 台', documents: '{n} 个文件', errors: '{n} 处错误', warnings: '{n} 处提醒' },
  nav: { all: '页面', overview: '总览', devices: '终端', groups: '分组', exhibitions: '展览与素材', releases: '发布', trust: '信任', notices: '通知', checkins: '签到', quiz: '答题', settings: '设置', more: '更多', skip: '跳到正文' },
  bar: {
    all: '全部场馆', channel: '消息通道', fine: '正常', opening: '正在连接', delay: '{ms} 毫秒', lost: '{at} 起没有更新', beijing: '北京时间', leave: '退出',
  },
  hub: { blocked: '和中枢断开了，连上再做' },
  keys: {
    rows: '上下', help: '全部按键', find: '找任何东西', down: '下一行', up: '上一行', open: '打开', why: '展开原因', picture: '截图', filter: '筛选', all: '显示全部', back: '返回',
    next_finding: '下一处', previous_finding: '上一处', open_file: '改这一处',
  },
  find: { hint: '终端、版本、展览、文件、活动', title: '找任何东西', nothing: '没有叫「{wanted}」的东西' },
  gate: { print: '证书指纹', rules: '和机柜标签上的一致才是本机。没有出厂账号，登录成败都进审计' },
  signin: {
    title: '登录中枢', user: '账号', password: '密码', caps_on: '大写锁定：开', caps_off: '大写锁定：关', go: '登录', forgot: '忘了密码：找另一位管理员重置',
    need_user: '先填账号', need_password: '还差密码', needs_setup: '这台中枢还没有管理员。用启动时打印的一次性链接打开首次设置。',
  },
  setup: {
    title: '第一位管理员', sub: '这个链接只能用一次，用完即作废', user: '账号', user_hint: '英文、数字，2 到 32 个', again: '再输一遍密码', password_hint: '至少 {n} 个字符', go: '建立账号并进入', once: '以后的账号由管理员添加',
    no_token: '链接里没有一次性口令', need_user: '先填账号', short: '密码还差 {n} 个字符', differ: '两遍密码不一样', done_before: '首次设置已经做过了，这个链接没有用了。',
  },
  status: { online: '在线', updating: '更新中', behind: '落后', offline: '离线', fault: '故障', pending: '待接入' },
  phase: { boot: '启动', loading: '载入', attract: '待机', visit: '访客使用中', fault: '故障页' },
  overview: {
    sentence: '{n} 台里 {right} 台正显示该显示的', comma: '；', hand: '{n} 台要人看一看',
    right: '画面对的终端', offline_note: '{n} 台离线，它们的画面不明', connected: '都连着', newest: '{name}推进', confirmed: '已在玻璃上确认', no_release: '还没有发布', no_release_more: '上传展览，再发布到分组', today: '今天签到', events: '{n} 个活动',
    waiting: '待传记录', waiting_all: '各终端报的', waiting_unknown: '离线 {n} 台的不明', begin: '三步让第一块屏亮起来',
    first_device: '接入终端', first_device_more: '得到一个一次性的码，在终端上输入', first_upload: '上传展览', first_upload_more: '一个 zip；有错会指到哪个文件、哪一行、哪一列', first_publish: '发布到分组', first_publish_more: '生成版本，发给终端，看着它们一台台确认',
    todo: '要处理的 {n} 件事', todo_order: '严重的在前', nothing: '没有要处理的事', all_right: '{n} 台都对', see: '看一看', go: '去做', cells: '每一块屏', cells_more: '一格一台，点开看原因', arrivals: '刚刚', all: '全部', no_arrivals: '还没有人签到', foot: '没有朱砂色，就没有要你处理的事',
  },
  fleet: {
    enrol: '接入终端…', hand: '需要处理', all: '全部', filter: '筛选：名称、分组、版本、原因…', none: '还没有终端', none_more: '接入一台，它就有自己的证书，随时可以单独吊销', no_match: '没有符合的终端', show_all: '显示全部', same: '一致', never: '从未上报', open: '打开终端', shown: '显示 {n}，共 {all}',
    col: { status: '状态', glass: '画面', device: '终端', why: '正在显示 · 为什么', release: '版本 实际 → 目标', group: '分组', clock: '终端时间', seen: '末帧 / 末次上报' },
  },
  glass: { alt: '{name} 的画面', none: '还没有拍过', old: '旧' },
  why: {
    stops_here: '停在这一步',
    step: { target: '目标', files: '文件', switch: '切换', glass: '玻璃' },
    next: { no_target: '还没有目标 → 发布一个版本到分组「{group}」', settled: '和目标{target}一致', settled_outbox: '和目标{target}一致；{n} 条记录等着上传', no_report: '等它的第一次上报', never: '从未连上过', away: '{at} 起没有上报；断网照常播放，连上后自己续', away_outbox: '{at} 起没有上报；断网照常播放，{n} 条记录存在本机，连上后补传', away_before: '{at} 起没有上报；断开前：{before}' },
    chain: {
      no_target: '没有给它版本', told: '{target}，修订 {revision}，终端已收到', untold: '{target}已下达，终端还没有收到', told_unknown: '{target}已下达，收没收到不明',
      files_none: '没有要取的文件', files_whole: '{target}的文件齐了，核对过', files_fetching: '{done} / {total}，{percent} %', files_wait: '收到目标才开始', failed: '没有成：{what}', failed_other: '没有成：{code}',
      switch_wait: '文件齐、核对完才开始', switch_back: '{target}没有画出画面，已退回', switch_waiting: '访客正在用，等他离开', switch_timed: '等设定的时间', switch_confirming: '已切换，画面稳定才算确认', switched: '两次访问之间换好了',
      glass_never: '从未上报', glass_dark: '黑屏：按中枢的命令什么都不显示', glass_unknown: '推算仍是{running}，未核实', glass_fault: '程序报告画面故障', glass_release: '{running}', glass_folder: '本机文件夹里的展览', glass_fallback: '自带的兜底画面',
    },
  },
  /** What happened, and what to do: for every code of `api/codes.ts`. */
  reason: {
    ...trust.reason,
    disk_full: { what: '磁盘满了', todo: '清理这台机器的磁盘，或换一块大的' },
    disk_read_only: { what: '磁盘变成只读，存不进新版本', todo: '到现场看磁盘：常见于断电之后或磁盘快坏，修好再重启' },
    io: { what: '磁盘读写出错', todo: '终端日志里有是哪个文件；反复出现就换磁盘' },
    hash_mismatch: { what: '收到的文件核对不符，已丢掉', todo: '会重新取；反复出现就查网络和中枢的磁盘' },
    manifest_invalid: { what: '版本清单无效', todo: '从草稿重新生成一个版本再发布' },
    too_new: { what: '播放程序太旧，不认识这个版本', todo: '先升级这台终端的程序' },
    no_frames: { what: '新版本没有画出画面，已退回', todo: '查它的待机页和素材，改好再发布一个版本' },
    visiting: { what: '访客正在使用', todo: '等他离开再下一次' },
    runtime_too_old: { what: '这个版本要更新的播放程序', todo: '先升级这台终端的程序' },
    parcel: { what: '收到的一包文件拆不开，已丢掉', todo: '会重新取；反复出现就查网络和中枢的磁盘' },
    no_release: { what: '它没有更早的好版本', todo: '发布一个好版本，或先黑屏' },
    no_scene: { what: '它的版本里没有这个场景', todo: '换一个场景，或先发布有它的版本' },
    covered: { what: '紧急通知或熄屏盖住了页面', todo: '先撤下通知或恢复显示' },
    unknown: { what: '终端做不了这个命令', todo: '看它的画面是不是开着，或升级程序' },
    too_large: { what: '画面太大，送不上来', todo: '再拍一张；总是这样就看终端日志' },
  },
  /** The hub's lines about a screen. */
  line: {
    never_seen: '已登记，还没有连上来过', no_report: '连上来过，还没有上报画面', on_the_glass: '{what} · {scene} ← {phase}', dark: '黑屏：按中枢的命令什么都不显示', offline: '没有连接', phase_fault: '程序报告画面故障，正显示最后的好画面 → 重启程序，不行就到现场看', records_refused: '{n} 条记录中枢没有收，另存在终端上 → 看中枢日志里的原因',
    fetching: '正在取{target}：{percent} %，还差 {left}', fetching_at: '正在取{target}：{percent} %，还差 {left}，每秒 {rate}，约 {minutes} 分', fetching_paused: '取{target}到 {percent} %，还差 {left}；已暂停 → 在分组或发布里继续', fetching_window: '取{target}到 {percent} %，还差 {left}；等下载时段', fetching_offline: '取{target}到 {percent} %，还差 {left}；等连接恢复，自己续', waiting_for_time: '{target}已到齐，到设定的时间切换', waiting_for_visit: '{target}已到齐，等访客离开后切换', confirming: '已切换到{target}，正在核对画面', target_not_taken: '目标是{target}，终端还没有开始取', failed: '{what}；旧版本继续播放 → {todo}', failed_retry: '{what}；旧版本继续播放，{at} 自动再试 → {todo}',
    other: '{said}（{code}）', two: '{first}；{second}', presumed: '推算：{line}；未核实',
  },
  device: {
    previous: '上一台', next: '下一台', gone: '没有这台终端', back: '回到终端列表', glass: '玻璃上的画面', taken: '{at} 拍，{ago}', taken_at: '{at} 拍', taking: '正在拍', picture: '拍一张', picture_done: '{name} 的新画面到了', picture_missed: '15 秒里没有收到画面，下面是旧的', unverified: '断开前的画面，现在是不是这样不明', not_connected: '终端没有连着',
    why: '为什么显示这个', target_actual: '目标与实际', reported: '末次上报 {at}', item: '项目', target: '目标', actual: '实际', none: '没有', origin_release: '版本', origin_folder: '本机文件夹', origin_fallback: '兜底画面', clock_within: '差 2 秒以内', clock_fast: '快 {by}', clock_slow: '慢 {by}', tenths: '{n} 秒',
    row: { release: '版本', told: '目标修订', phase: '阶段', scene: '场景', display: '显示器', clock: '时钟', outbox: '待传记录', refused: '被拒记录', program: '播放程序', certificate: '证书到期' },
    rate: '每秒 {rate}，还要 {left}', return: '退回上一个好版本…', return_title: '{name} 退回上一个好版本？', return_changes: '马上换回之前确认过的那个版本；不要签名，不用下载', return_keeps: '目标不变：要长久退回，请在发布页回滚', return_sent: '退回已下达', fetching: '正在取{name}', fetched: '{done} / {total}，{percent} %', orders: '命令与回执', orders_more: '过期不补做', no_orders: '还没有下过命令', rename: '改名、换组…', restart: '重启程序…', remove: '移除终端…', facts: '登记', id: '编号', host: '主机名', enrolled: '接入时间', its_clock: '终端时间', foot: '终端断开时，本页保留最后所知并标出时间',
    restart_title: '重启 {name} 的播放程序？', restart_changes: '程序退出再起，屏上几秒没有反应；正在用的访客会被打断', restart_keeps: '展览、版本、没上传的记录都不动', restart_sent: '重启已下达', remove_title: '移除 {name}？', remove_changes: '它的证书立刻作废，再也连不上；要重新接入才能用', remove_keeps: '它的签到和答题记录留着；屏上继续播放本机展览',
  },
  waits: { paused: '已暂停', window: '等下载时段', offline: '等连接恢复', other: '在等' },
  order: { return_to_last_good: '退回上一个好版本', screenshot: '拍一张', restart: '重启程序', show_scene: '显示场景', sent: '已下达', received: '已收到', done: '完成', expired: '过期未达', refused: '未做：{what}，{todo}', refused_other: '未做：{code}' },
  enrol: {
    name: '名称，显示在列表里', name_like: '东门大厅 05', site: '场馆', group: '分组', ids: '点现有的，或者写一个新名字，会新建', first_site: '主馆', first_group: '大厅', print: '终端上显示的中枢指纹应当是', need_name: '先填名称', need_site: '场馆要写名字', need_group: '分组要写名字', make: '生成接入码',
    type_it: '在「{name}」的终端上输入这个码：', code: '接入码', valid: '只能用一次，{left} 后失效', expired: '这个码已经过期，没有用过', command: '或者在终端上运行：', waiting: '终端一连上，这里会马上显示', came: '{name} 接入了', came_more: '它有了自己的证书；发布到它的分组，它就会换上', again: '再生成一个',
  },
  confirm: { changes: '会变', keeps: '不变', type: '输入「{name}」', not_typed: '先输入名称' },
  upload: { drop: '把展览的 zip 拖到这里', pick: '上传展览的 zip', limits: '里面是文档、图片、影片；大小有上限，有错也不影响正在播放的', choose: '选择 zip…', busy: '正在处理上一个', sent: '已传 {sent} / {total}', check: '校验上传的展览', refused: '没有收下，先改这些' },
  job: { queued: '排队', running: '进行中', done: '完成', failed: '没有成' },
  step: { unpack: '解开', check: '校验', pictures: '处理图片', blobs: '存放文件', store: '登记' },
  exhibitions: { sub: '改动都在草稿里；发布之前，屏上什么都不变', name: '展览', size: '文件', check: '校验', fine: '没有错误', latest: '最新版本', changed: '改动', none: '还没有展览', none_more: '上传一个 zip，校验结果会指到哪一行哪一列', foot: '上传只改草稿，不动任何一块屏' },
  exhibition: { errors: '{n} 处错误，不能发布', fine: '没有错误，可以发布', changed: '改于 {at}', files: '文件', findings: '校验结果', nothing: '没有发现问题', nothing_more: '可以发布', foot: '上传和修改只在草稿里' },
  finding: { band: { error: '错误：改好才能发布', warning: '提醒：可以发布，请看一眼', note: '说明' }, hint: '改法', edit: '改这一处', not_text: '这不是文档，换好后重新上传', draft_only: '改动只在草稿里，发布后才到屏上' },
  editor: {
    write: '写文字', dirty: '没保存', clean: '已保存', unchanged: '没有改动', save_first: '先保存', saved: '已保存，校验过了', undone: '已回到选的那一版', as_saved: '按已保存的内容', nothing: '这个文件没有问题', elsewhere: '别的文件还有 {n} 处错误。', history: '经过', undo: '回到这一版', no_history: '还没有改过', now: '现在',
    conflict: '别人在你之后保存过', conflict_more: '没有覆盖任何东西。看看差别，再决定留哪一份；另一份留在经过里。', theirs: '现在保存着的，第 {line} 行起', mine: '你的', keep_editing: '接着改', take_theirs: '用保存着的，放弃我的', take_mine: '用我的',
    leave: '还没有保存', leave_more: '「{path}」的改动还没有保存。', throw_away: '放弃改动', foot: '保存后中枢马上校验；发布后才到屏上',
    find: '查找', find_next: '下一个', find_previous: '上一个', find_all: '全选', replace: '替换', replace_all: '全部替换', match_case: '区分大小写', regexp: '正则', by_word: '整词',
  },
  publish: {
    open: '发布…', title: '发布「{name}」', note: '改了什么', note_like: '写一句，列表里看得到', groups: '发给哪些分组', no_groups: '还没有分组：先接入一台终端。也可以先生成版本。', nothing_yet: '还没有', when: '终端在两次访问之间换上，不打断正在用的人。', reading: '正在看有哪些分组', building: '生成版本', busy: '正在生成，做完再关', go: '生成并发给 {n} 台', only_build: '只生成版本', fix_first: '先改 {n} 处错误',
  },
  releases: { sub: '版本一旦生成就不再变；发布只改终端的目标', drafts: '草稿', release: '版本', what: '内容', confirmed: '已确认', size: '大小', made: '生成', unused: '没有终端用', kept: '留着可退回', none: '还没有版本', none_more: '从上面的草稿发布第一个', none_draft: '先上传一个展览', foot: '「确认」＝新版在玻璃上画稳了，不是「文件到了」' },
  release: {
    sealed: '定版，没有发布', all_confirmed: '全部确认', rolling: '推进中', glass: '在玻璃上', of: '{n} 台确认', confirmed_means: '「确认」＝新版在玻璃上画稳了，不是「文件到了」', open: '还没确认的 {n} 台', nowhere: '还没有发给终端', nowhere_more: '选分组，终端会在两次访问之间换上', all_more: '{n} 台都换好了', by_group: '按分组', other: '目标是别的版本', hash: '清单哈希', files: '文件数', give: '发布到分组…', give_title: '把{name}发给哪些分组', given: '先下达给 {n} 台', ousts: '正在推进的{names}会被这次发布取代', remove: '删除版本…', remove_title: '删除{name}？', remove_changes: '从中枢删掉，别的版本用不着的文件一起删，腾出空间；删了不能再发布', remove_keeps: '终端上正在播放的不动；草稿不动', removed: '已删除，腾出 {size}', in_use: '在用：{what}', use: { target: '{name} 的目标', running: '{name} 正在播放', group: '分组{name}的版本', previous: '分组{name}可退回它' }, pick: '先选分组', older: '{groups} 的目标比这个版本新，这样会退回旧版', foot: '发布只改目标；每台何时换、为什么没换，由终端自己报告',
  },
  plan: {
    how: '怎么推进', careful: '先换几台，好了再全部', at_once: '{n} 台一起换', more: '更多…', less: '收起', steps: '先换每组的多少（10% 或台数，可分几步）', soak: '换好后观察多少分钟', limit: '每一步最多几小时', failures: '允许几台失败', at: '什么时候换（终端的时间；空着：两次访问之间）', then_at: '{at} 换（终端的时间），有人在用就等他离开。', stops: '有一台没换成，就自己停下。', fix: '先改推进方式',
    wrong: { steps: '写百分数或台数，后面的比前面大，最多 5 步，如 10%, 50%', soak: '观察 0 到 10080 分钟', limit: '1 到 672 小时，并且比观察的时间长', failures: '允许失败的台数写整数' },
  },
  rollout: {
    state: { running: '推进中', paused: '已暂停', stopped: '已停下', done: '全部换好', rolled_back: '已回滚', superseded: '被新的发布取代' }, everybody: '全部', share: '每组 {share}', watch: '换好后观察 {soak} 分；这一步还剩 {left}', held: { paused: '暂停中：没有新的一步，正在取的也停着', stopped: '停下了：没换的不再换' }, nothing_before: '之前没有别的版本',
    do: { pause: '暂停', resume: '继续', stop: '停止…', go_on: '不顾失败继续…', roll_back: '回滚…' }, did: { pause: '已暂停', resume: '继续推进', stop: '已停止', go_on: '继续推进', roll_back: '回滚已下达' },
    stop: { failures: '{at} 自己停下：{n} 台没换成', time: '{at} 自己停下：时间到了，还有 {n} 台没确认', hub_restored: '{at} 停下：中枢来自旧备份', asked: '{at} 由管理员停止', other: '{at} 停下' }, stop_next: '换好的照常播放新版；还在路上的已改回旧目标。可以回滚，或者看过原因后继续。', and_more: '还有 {n} 台', trouble: { silent: '确认之后没有了消息', late: '时间内没有换好', offline: '没有连着' },
    stop_title: '停止推进？', stop_changes: '还没换的终端改回旧目标，不再换', stop_keeps: '已经换好的照常播放新版', go_on_title: '不顾失败，继续推进？', go_on_changes: '失败的终端再试一次，不再因它们停下；推进接着走下一步', go_on_keeps: '别的终端再失败，还会停下',
    back_title: '回滚{name}，换回{back}', back_changes: '{n} 台换回{back}；正有访客的等他离开。文件多半还在终端上，不用再下载', back_keeps: '没换的终端本来就在播放旧版；签到和答题记录不动', approval: '{n} 台只认审核人的签名：光有中枢的话，它们不会换回{back}。要有人为回滚签名；想马上换，勾选下面这一项。', at_once: '同时命令连着的终端：马上退回上一个好版本（不要签名）',
  },
  dark: {
    open: '黑屏…', title: '黑屏', what: '范围', everything: '全部终端', scope: { device: '终端', site: '场馆', group: '分组', hub: '全部' }, changes: '{n} 台连着的马上黑屏、静音、不响应触摸。', in_use: '其中 {n} 台正有访客，会被打断。', away: '{n} 台没连着，连上后也会黑。', keeps: '版本、记录都不动；谁、什么时候，进审计。一直黑到有人恢复', go: '黑屏 {n} 台', done: '{name} 已下令黑屏，{n} 台', lifted: '{name} 恢复画面，{n} 台', lifted_one: '{name} 恢复画面', word: '黑屏', coming: '等黑屏', on_glass: '终端报告：画面是黑的', ordered: '已下令，终端还没有报告', banner: '{name} 黑屏中', since: '{at} 起，{by}', lift: '恢复画面',
  },
  restored: {
    title: '中枢好像是从旧备份恢复的（{at} 发现）', more: '{names} 收到过这台中枢不记得的目标。在你决定之前，中枢不给任何终端指定版本，推进都停着；屏幕照常播放。', devices: '以终端为准…', hub: '以中枢为准…', done: '已裁定，{n} 台改了目标',
    devices_title: '以终端正在播放的为准？', devices_changes: '每台终端的目标改成它正在播放的版本；中枢里已经没有的版本，终端留着但没有目标', devices_keeps: '没有一块屏会换画面', hub_title: '以中枢记得的为准？', hub_changes: '终端会换到备份里的目标，可能退回旧版本；只认签名的终端要有回滚签名才会退', hub_keeps: '签到和答题记录不动',
  },
  groups: {
    sub: '一起管理的终端：目标、下载规则、一起做的事', none: '还没有分组', none_more: '接入第一台终端时，写上它的分组', connected: '{n} 台连着', right: '{n} / {all} 换好', screens: '看它的终端', back: '退回上一个好版本…', back_title: '分组「{name}」退回上一个好版本？', back_sent: '已命令 {n} 台，没连着的 {away} 台没有收到', nobody: '没有终端', nobody_here: '没有连着的终端', foot: '终端换分组：在它自己的页面改',
  },
  rules: {
    edit: '下载规则…', title: '「{name}」的下载规则', windows: '只在这些时段下载（终端的时间；空着：随时）', cap: '每台最快', no_cap: '不限', pause: '暂停下载，已经到的留着', more: '规则只管取文件；什么时候换版，在发布时定。', none: '随时，不限速', paused: '已暂停', in: '{windows} 下载', at_most: '每秒 {rate}', saved: '「{name}」的下载规则已保存', undo: '改回去', fix: '先改标出的一项', wrong_windows: '时段写成 22:00–06:00，逗号隔开，最多 8 段', wrong_cap: '速度写 1 到 1000000 之间的整数',
  },
  stage: { confirmed: '已确认', confirming: '核对画面', fetching: '传输', held: '暂缓传输', waiting: '等访客', timed: '等时间', failed: '没换成', untold: '还没开始', offline: '离线' },
  checkins: { sub: '谁来了、来了多少，签到的同时就看得到', still: '终端照常签到，记录先存在本机', none: '还没有活动', none_more: '建一个活动，签到的场景里写上它的编号', foot: '{n} 个活动', state: '状态', everywhere: '全部场馆' },
  event: {
    new: '新活动…', name: '活动名称', name_like: '主题党日 11 月', id: '活动编号', id_hint: '签到场景里写的就是它', need_name: '先填名称', need_id: '编号要用小写英文和数字', taken: '这个编号已经有了', no_site: '没有这个场馆', make: '建立', came: '已到', expected: '应到 {n}', on_screens: '屏上签', on_screens_more: '输码、刷卡、扫码', elsewhere: '别处签', elsewhere_more: '手工补和别的系统', unseen: '还看不到的', unseen_more: '{name} 等 {n} 台离线，签到存在本机', all_online: '签到的屏都连着',
    just_now: '刚刚签到', off_list: '名册外', live: '实时', filter: '找人', nobody: '还没有人签到', nobody_more: '第一个人签到，这里会马上显示', col: { at: '签到时间', name: '姓名', way: '方式', where: '在哪', hub: '到中枢' }, stored: '已收到', late: '补传，晚 {by}', at_hub: '不在屏上', minutes: '每分钟', minutes_most: '近 30 分，最多 {n} 人', screens: '签到的屏', no_screens: '还没有屏上的签到', roster: '名册', add: '补签…', add_who: '名册编号，或者姓名', add_more: '编号在名册里的会显示名册上的姓名；同一个人只算一次', add_empty: '先填编号或姓名', entered: '已签到', export: '导出', foot: '姓名在屏上和这里都只显示一部分', open: '进行中', closed: '{at} 结束', is_closed: '签到已结束', close: '结束签到', reopen: '重新开始',
  },
  way: { code: '屏上输码', scanner: '刷卡、扫码', api: '手工或系统', manual: '手工补' },
  roster: { none: '没有名册：签到只显示编号', how: '每行一个人：编号,姓名。从表格里粘贴或选一个 CSV。保存会换掉整个名册。', file: '选 CSV…', read: '读到 {n} 人', line: '第 {line} 行：', bad_code: '编号不对', bad_name: '姓名空着或太长', twice: '同一个编号有两个姓名', full: '超过 5000 人', more_wrong: '还有 {n} 行', fix: '先改标出的行', saved: '名册 {n} 人已保存' },
  quiz: { sub: '共 {n} 次完成的答题；不记是谁', runs: '{n} 次', right: '答对 {percent} %', question: '题，难的在前', answers: '回答', rate: '第一次就答对', few: '不到 {n} 次，不显示', none: '还没有人答完', none_more: '展览里要有测验场景，发布以后第一位访客答完，这里就有数', foot: '只有合计；不到 5 次回答的题不显示答对率。题目的文字取自草稿，找不到的显示编号' },
  settings: {
    audit: '经过', audit_more: '最近 200 条', you: '你', language: '语言', hub: '中枢', hub_name: '名称', version: '程序', api: '接口说明', token: '钥匙', tokens: '给别的系统用的钥匙', new_token: '新钥匙…', no_tokens: '还没有。门禁、报名系统用钥匙把签到送进来。', token_name: '给谁用', token_like: '东门门禁', token_made: '建立', token_used: '末次使用', token_never: '没用过', token_need: '先写给谁用', make: '建立', token_once: '只显示这一次，中枢只留它的指纹：', copy: '复制', copied: '已复制', revoke: '吊销…', revoke_title: '吊销「{name}」？', revoke_changes: '用它的系统马上送不进签到', revoke_keeps: '已经送来的签到都留着', foot: '钥匙只在建立时显示一次',
  },
  role: trust.role, trust: trust.trust, review: trust.review, notices: trust.notices, certificates: trust.certificates,
  audit: { ...trust.audit, set_up: '首次设置', sign_in: '登录', locked: '错太多次，锁住', import: '从文件夹导入', create_api_token: '建钥匙', delete_api_token: '吊销钥匙', create_enrol_code: '生成接入码', enrol: '接入', change_device: '改终端', delete_device: '移除终端', command: '下命令', create_group: '建分组', set_target: '改分组目标', pause_rollout: '暂停推进', resume_rollout: '继续推进', stop_rollout: '停止推进', go_on_rollout: '不顾失败继续', roll_back: '回滚', set_delivery: '改下载规则', blank: '黑屏', unblank: '恢复画面', restored: '发现中枢来自旧备份', settle_restored: '裁定旧备份', delete_release: '删除版本', records_carried: '用 U 盘带回记录', build: '生成版本', publish: '发布', upload: '上传', save_document: '改文档', undo_document: '撤销修改', create_event: '建活动', close_event: '结束签到', reopen_event: '重开签到', put_attendees: '换名册', check_in: '补签' },
  err: {
    ...trust.err,
    screens_go_on: '屏幕照常播放。', unknown: '{said}（{code}）', unsaid: '没有成', network: '连不上中枢；看网络和中枢是不是开着', http_502: '中枢没有回答；看它是不是开着', http_503: '中枢正忙，过一会儿再试', not_zip: '只收 zip 文件',
    signed_out: '要先登录', wrong_credentials: '账号或密码不对；错几次会锁 5 分', locked: '这个账号错得太多，锁住了；过 5 分再试', too_many_attempts: '试得太多了，等一会儿再来', weak_password: '密码太短或太容易猜，换一个', setup_link_invalid: '这个一次性链接不对，或者已经用过；重启中枢会印一个新的', csrf: '请求不是从控制台发出的；从中枢自己的地址打开', token_unknown: '这把钥匙不对，或者已经吊销',
    not_found: '没有这个东西，也许已被删除；回列表看看', method_not_allowed: '中枢不认识这个请求；控制台和中枢的版本可能不同，刷新页面', invalid_body: '中枢读不懂送去的内容；控制台和中枢的版本可能不同，刷新页面', invalid_query: '地址里的条件中枢读不懂；回到列表再来', invalid_request: '接入请求不对；升级终端的程序再试', invalid_text: '文字空着或太长', invalid_id: '编号只能用小写英文、数字、连字符和下划线', invalid_code: '名册里有空着或太长的编号', invalid_path: '文件名要是展览里的 .yaml 文件', id_taken: '这个编号已经有了，换一个', too_long: '太长了，写短些', too_many: '太多了，分几次来', too_large: '太大了，超过中枢的上限',
    document_changed: '别人在你之后保存过；看看差别再存', etag_required: '保存时没带上读到的版本；刷新页面再改', no_group: '至少选一个分组', invalid_plan: '推进方式里有一项不对', invalid_delivery: '下载规则里有一项不对', wrong_state: '推进的状态已经变了；看一眼再决定', no_previous: '这些分组之前没有别的版本；可以让终端退回上一个好版本，或者黑屏', not_current: '这些分组后来又发布过别的版本；回滚最新的那一次', in_use: '这个版本还有人用，不能删', hub_restored: '中枢来自旧备份，先决定终端该播放什么（见页面上方）', not_restored: '没有要裁定的备份；刷新页面', not_records: '这不是给这台中枢的记录文件，或者已经损坏；选 U 盘 pingfeng/records 里的 .p7m 文件', unknown_device: '签这份记录的终端已经不在这里登记；记录没有收', offline: '终端没有连着，命令送不到；连上再下', busy: '排着的活太多了；等几件做完再来', timeout: '中枢太久没有回答；过一会儿再试', internal: '中枢内部出错，原因在它的日志里',
    code_unknown: '没有这个接入码；核对八个字符', code_used: '这个接入码已经用过；再生成一个', code_expired: '这个接入码已经过期；再生成一个', event_closed: '签到已经结束；要补签先重新开始', unknown_code: '名册里没有这个编号；核对一下，或者按姓名补签', code_or_name: '编号和姓名要给一个，也只能给一个', duplicate_code: '名册里有重复的编号',
    empty: '传上来的是空的；重新选文件', cut_off: '上传断了；再传一次', stalled: '上传停住太久，断开了；看看网络再传', disk_full: '中枢磁盘满了；清出空间再来', interrupted: '中枢重启，这件事没做完；再来一次', no_exhibition: 'zip 里没有 exhibition.yaml，或者它的 id 不对；把有这个文件的文件夹打包', other_exhibition: '这是另一个展览；从「展览与素材」当新展览上传，或者改它的 id', has_errors: '有错误，先改好',
    io: '中枢读写文件出错；是哪一个在它的日志里', path_refused: '有的文件路径不收：不能是绝对路径，不能有 ..、反斜杠或控制字符', special_file: '里面有链接或特殊文件；只放普通文件和文件夹', name_encoding: '有的文件名不是 UTF-8；用新一点的压缩工具打包，或改英文名', too_many_files: '文件太多了；拿掉用不着的', zip_bomb: '解开后比压缩包大得离谱，没有收；重新打包', zip_invalid: 'zip 坏了或不是 zip；重新打包',
  },
}
