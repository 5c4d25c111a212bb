/**
 * Every machine-readable code that the hub or a device may show a person, by where it stands. A test reads the hub's and
 * the device's sources: a code that they can send and that is missing here, or has no sentence in both languages, fails.
 */

/** Why a release was not taken up (`progress.code` of a report), or why an order was not carried out (`outcome.code`). */
export const REASONS = [
  'disk_full', 'disk_read_only', 'io', 'hash_mismatch', 'manifest_invalid', 'too_new', 'runtime_too_old', 'no_frames', 'no_release', 'parcel',
  'unsigned', 'stage_missing', 'same_person', 'no_root', 'no_roster', 'roster_expired', 'root_expired', 'release_mixed', 'release_rolled_back', 'way_back_stale', 'version_reused', 'wrong_group', 'wrong_site', 'class_unknown', 'class_too_weak', 'expired', 'trust_damaged',
  'visiting', 'no_scene', 'covered', 'unknown', 'too_large',
] as const

/** Lines of `why` that the hub adds by itself; a failed release adds its reason. */
export const LINES = [
  'never_seen', 'no_report', 'on_the_glass', 'dark', 'offline', 'phase_fault', 'records_refused', 'fetching', 'fetching_paused', 'fetching_window', 'fetching_offline', 'waiting_for_visit', 'waiting_for_time', 'confirming', 'target_not_taken', 'neighbour_wrong',
] as const

/** What the hub refuses, or why one of its jobs failed. */
export const ERRORS = [
  'signed_out', 'wrong_credentials', 'locked', 'too_many_attempts', 'weak_password', 'setup_link_invalid', 'csrf', 'token_unknown',
  'not_found', 'method_not_allowed', 'invalid_body', 'invalid_query', 'invalid_request', 'invalid_text', 'invalid_id', 'invalid_code', 'invalid_path', 'id_taken', 'too_long', 'too_many', 'too_large',
  'document_changed', 'etag_required', 'no_group', 'invalid_plan', 'invalid_delivery', 'wrong_state', 'no_previous', 'not_current', 'in_use', 'hub_restored', 'not_restored', 'not_records', 'invalid_want', 'other_release', 'unknown_device', 'offline', 'busy', 'timeout', 'internal',
  'code_unknown', 'code_used', 'code_expired', 'event_closed', 'unknown_code', 'code_or_name', 'duplicate_code',
  'empty', 'cut_off', 'stalled', 'disk_full', 'interrupted', 'no_exhibition', 'other_exhibition', 'has_errors',
  'revoked', 'too_soon', 'key_invalid', 'no_root', 'documents_full', 'envelope_too_large', 'envelope_malformed', 'envelope_type', 'same_document', 'same_signature', 'signatures_full', 'not_signed', 'nothing_newer', 'key_unknown', 'not_a_reviewer', 'other_notice', 'withdrawn', 'notices_full', 'statement_invalid', 'wrong_site', 'root_gap', 'root_signatures', 'roster_signatures', 'roster_rolled_back', 'root_rolled_back', 'roster_expired', 'root_expired', 'release_mixed', 'assertion_unverified', 'assertion_origin', 'assertion_challenge', 'assertion_rp', 'signature_wrong',
  'io', 'path_refused', 'special_file', 'name_encoding', 'too_many_files', 'zip_bomb', 'zip_invalid',
] as const

/** What the audit log tells of. */
export const ACTIONS = [
  'set_up', 'sign_in', 'locked', 'import', 'upload', 'save_document', 'undo_document', 'build', 'publish', 'set_target', 'create_group',
  'create_enrol_code', 'enrol', 'change_device', 'delete_device', 'command', 'create_event', 'close_event', 'reopen_event', 'put_attendees', 'check_in', 'create_api_token', 'delete_api_token',
  'renew_certificate', 'revoke_certificate', 'add_trust', 'delete_trust', 'add_signature', 'create_notice', 'sign_notice', 'withdraw_notice',
  'pause_rollout', 'resume_rollout', 'stop_rollout', 'go_on_rollout', 'roll_back', 'set_delivery', 'blank', 'unblank', 'restored', 'settle_restored', 'delete_release', 'records_carried',
] as const

/** Steps of the hub's jobs. */
export const STEPS = ['unpack', 'check', 'pictures', 'blobs', 'store'] as const
