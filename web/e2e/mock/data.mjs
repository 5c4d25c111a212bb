// One consistent moment of a hall, in the hub's own shapes: what the page tests look at.
export const NOW = Date.parse('2026-11-20T14:32:08+08:00')
const MIN = 60_000
const R = (version) => ({ id: (version * 0x9e3779b1 >>> 0).toString(16).padStart(8, '0').repeat(8), exhibition: 'shanhe', version })
export const NEW = R(142)
export const OLD = R(141)
const GROUPS = { hallp: '大厅竖屏', halll: '大厅横屏', lib: '图书馆', west: '城西馆', teach: '教学楼', north: '北苑社区' }
const why = (code, zh, en) => ({ code, zh, en })
const glass = (version, scene, zh, en) => why('on_the_glass', `版本 ${version} · ${scene} ← ${zh}`, `release ${version} · ${scene} ← ${en}`)

function device(id, name, group, status, options = {}) {
  const { running = NEW, progress = { state: 'settled' }, phase = 'attract', scene = 'opening', display = [1920, 1080], lines = [], seen = 2_000, outbox = 0, ahead = 120, picture = 16_000, report = true } = options
  return {
    id, name, site: { id: 'east', name: '城东展馆' }, group: { id: group, name: GROUPS[group] }, status,
    why: [glass(running?.version ?? 0, scene, phase === 'visit' ? '观众正在使用' : '待机', phase === 'visit' ? 'a visitor is using it' : 'attract'), ...lines],
    connected: status !== 'offline', seen_at_ms: NOW - seen, target: { release: group === 'north' ? OLD : NEW, revision: 88, at_ms: NOW - 30 * MIN },
    report: report ? { v: 1, revision: 412, target_revision: 88, running: running && { ...running, manifest_size_bytes: 81_000 }, origin: 'release', progress, phase, scene, at_ms: NOW - seen + ahead, last_frame_at_ms: NOW - seen - 90, outbox, program: '0.1.0', display } : null,
    report_at_ms: NOW - seen, clock_ahead_ms: ahead, picture_at_ms: picture === null ? null : NOW - Math.max(picture, status === 'offline' ? seen : 0), blanks: [], refused_records: 0, host: `kiosk-${id}`, program: '0.1.0', created_at_ms: NOW - 40 * 86_400_000, certificate_expires_at_ms: NOW + 325 * 86_400_000,
  }
}
const P = [1080, 1920]
export const devices = [
  device('dm-hall-02', '东门大厅 02', 'halll', 'fault', { phase: 'fault', scene: 'film-nanhu', lines: [why('phase_fault', '程序报告画面故障，正在显示最后的好画面', 'The program reports a fault on the glass')] }),
  device('cx-04', '城西馆 04', 'west', 'fault', { running: OLD, scene: 'long-march', progress: { state: 'failed', code: 'disk_full', message: 'no space left', retry_at_ms: NOW + 8 * MIN }, lines: [why('disk_full', '磁盘已满，新版本放不下；旧版本继续播放，稍后自动再试', 'no space left; it tries again by itself')] }),
  device('cx-11', '城西馆 11', 'west', 'offline', { running: OLD, scene: 'long-march', seen: 2.7 * 86_400_000, lines: [why('offline', '没有连接：继续播放本机版本，下面是断开前的情况', 'Not connected: it keeps playing what it has; below is what was known before')] }),
  device('by-03', '北苑社区 03', 'north', 'offline', { running: OLD, seen: 320 * MIN, display: P, outbox: 12, lines: [why('offline', '没有连接：继续播放本机版本，下面是断开前的情况', 'Not connected: it keeps playing what it has; below is what was known before')] }),
  device('lib-02', '图书馆 02', 'lib', 'behind', { running: OLD, scene: 'new-era', progress: { state: 'fetching', done_bytes: 1_188_000_000, total_bytes: 1_400_000_000, bytes_s: 0, waits: 'window' }, lines: [why('fetching_window', '正在取版本 142：84%，还差 212 MB', 'Fetching release 142: 84%, 212 MB to go')] }),
  device('dm-hall-05', '东门大厅 05', 'hallp', 'behind', { running: OLD, phase: 'visit', scene: 'quiz', display: P, progress: { state: 'waiting_for_visit' }, lines: [why('waiting_for_visit', '版本 142 已到齐，等当前观众离开后切换', 'Release 142 is ready; it switches when the visitor has gone')] }),
  device('lib-06', '图书馆 06', 'lib', 'updating', { running: OLD, display: P, progress: { state: 'fetching', done_bytes: 868_000_000, total_bytes: 1_400_000_000, bytes_s: 1_900_000, waits: null }, lines: [why('fetching', '正在取版本 142：62%，还差 532 MB', 'Fetching release 142: 62%, 532 MB to go')] }),
  device('jx-07', '教学楼 07', 'teach', 'updating', { progress: { state: 'confirming' }, lines: [why('confirming', '已切换到版本 142，正在核对画面', 'Switched to release 142; the glass is being checked')] }),
  ...Array.from({ length: 16 }, (_, n) => device(`dm-p-${String(n + 6).padStart(2, '0')}`, `东门大厅 ${n + 6}`, 'hallp', 'online', { display: P, phase: n % 5 === 1 ? 'visit' : 'attract', scene: n % 5 === 1 ? 'timeline' : 'opening', picture: n % 3 === 0 ? 60_000 * (n + 1) : null })),
  ...Array.from({ length: 9 }, (_, n) => device(`jx-${String(n + 10)}`, `教学楼 ${n + 10}`, 'teach', 'online', { picture: null, ahead: n === 4 ? 2_900 : 80 })),
]
export const groups = Object.entries(GROUPS).map(([id, name]) => ({ id, name, devices: devices.filter((d) => d.group.id === id).length, release: id === 'north' ? OLD : NEW, delivery: { paused: id === 'teach', windows: ['lib', 'teach'].includes(id) ? [{ from_min: 1320, until_min: 360 }] : [], cap_bytes_s: id === 'lib' ? 500_000 : null, ...(id === 'lib' ? { neighbours: true } : {}) }, created_at_ms: NOW - 50 * 86_400_000 }))
const plan = { steps: [{ percent: 10 }, { percent: 50 }], soak_min: 30, limit_min: 1440, failures_max: 0, needed_percent: 100, activate_at: null }
const part = (id) => ({ id, name: GROUPS[id], previous: OLD, left: false })
export const rollout = {
  id: 'r2', release: NEW, groups: ['halll', 'hallp', 'lib', 'west', 'teach'].map(part), plan, state: 'running', stop: null, step: 1, step_at_ms: NOW - 12 * MIN, limit_at_ms: NOW + 1428 * MIN,
  created_at_ms: NOW - 50 * MIN, created_by: 'chen', changed_at_ms: NOW - MIN, counts: { devices: 32, told: 16, confirmed: 11, failed: 1 }, approval_needed: 0,
}
export const stopped = { ...rollout, state: 'stopped', limit_at_ms: null, stop: { code: 'failures', at_ms: NOW - 2 * MIN, devices: { 'cx-04': 'disk_full', 'jx-07': 'silent' }, count: 2 }, approval_needed: 14 }
export const dark = [{ scope: 'group', id: 'hallp', name: '大厅竖屏', at_ms: NOW - 3 * MIN, by: 'chen' }]
export const restored = { at_ms: NOW - 6 * MIN, devices: [{ id: 'lib-02', name: '图书馆 02' }] }
export const releases = [
  { ...NEW, title: '山河为证', note: '第四章站点改名，补两处来源', created_at_ms: NOW - 30 * MIN, created_by: 'chen', size_bytes: 1_400_000_000, files: 1192, in_use: [{ code: 'target', name: '东门大厅 02' }, { code: 'group', name: '大厅横屏' }], groups: ['halll', 'hallp', 'lib', 'west', 'teach'], devices: devices.length, running: 26 },
  { ...OLD, title: '山河为证', note: '', created_at_ms: NOW - 7 * 86_400_000, created_by: 'lin', size_bytes: 1_390_000_000, files: 1189, in_use: [{ code: 'group', name: '北苑社区' }, { code: 'previous', name: '大厅横屏' }], groups: ['north'], devices: 1, running: 1 },
  { ...R(140), title: '山河为证', note: '首版', created_at_ms: NOW - 30 * 86_400_000, created_by: 'lin', size_bytes: 1_370_000_000, files: 1180, in_use: [], groups: [], devices: 0, running: 0 },
]
export const document = `kind: timeline
id: ch04-route
title:
  zh-CN: 万里长征
  en: The Long March
events:
  - id: luding
    title: 飞夺泸定桥
    date: "1935-05-29"
    # 点开后进入大渡河一幕
    open:   ch04-luding
    sources: [dashiji]
  - id: maogong
    title: 懋功会师（今四川小金）
    date: "1935-06-12"
`
export const bank = `kind: bank
id: dangshi
title: { zh-CN: 党史题库, en: Party history }
questions:
  - id: q-first-congress
    stem: { zh-CN: "中国共产党第一次全国代表大会\\n开幕的日期是？", en: On which day did the first congress open? }
  - id: q-zunyi
    stem: { zh-CN: 遵义会议在哪一年召开？, en: In which year did the Zunyi meeting take place? }
  - id: q-luding
    stem: "红军飞夺泸定桥以后，\\n在哪里同红四方面军会师？请在地图上点出来，差一点也算对。"
  - id: q-yanan
    stem: { zh-CN: 把延安时期的这些事按先后排好, en: Put these events of the Yan’an years in order }
  - id: q-reform
    stem: { zh-CN: 哪一次会议作出了改革开放的决策？, en: Which meeting decided on reform and opening up? }
`
export const quizScene = 'kind: quiz\nid: quiz-all\ntitle: { zh-CN: 百年答题, en: A century in questions }\nbank: dangshi\n'
const text = (zh, en) => ({ 'zh-CN': zh, en })
export const findings = [
  { severity: 'error', code: 'scene_missing', file: 'scenes/ch04/route.yaml', line: 11, column: 13, width: 11, path: 'events[0].open', message: text('没有叫 ch04-luding 的场景', 'there is no scene ch04-luding'), hint: text('最接近的是 ch04-luding-bridge', 'the nearest is ch04-luding-bridge') },
  { severity: 'error', code: 'unknown_key', file: 'scenes/ch02/compare.yaml', line: 9, column: 1, width: 6, path: '', message: text('不认识 titel', 'unknown key titel'), hint: text('是不是 title', 'did you mean title') },
  { severity: 'warning', code: 'text_without_source', file: 'scenes/ch04/crossing.yaml', line: 33, column: 5, width: 4, path: '', message: text('这段文字没有来源', 'this text has no source'), hint: text('在 sources 里写上来源编号', 'name it in sources') },
  { severity: 'warning', code: 'captions_missing', file: 'scenes/ch10/film.yaml', line: 4, column: 3, width: 4, path: '', message: text('影片没有字幕', 'the film has no captions'), hint: null },
  { severity: 'note', code: 'picture_large', file: 'media.yaml', line: 210, column: 5, width: 5, path: '', message: text('1.2 亿像素的扫描件会在生成时缩成屏上用的大小', 'a scan of 120 megapixels is reduced when the release is built'), hint: null },
]
export const documents = ['exhibition.yaml', 'media.yaml', 'sources.yaml', 'banks/ch01.yaml', 'banks/ch04.yaml', 'scenes/home.yaml', 'scenes/opening.yaml', 'scenes/ch01/story.yaml', 'scenes/ch01/timeline.yaml', 'scenes/ch02/compare.yaml', 'scenes/ch04/route.yaml', 'scenes/ch04/crossing.yaml', 'scenes/ch04/choose.yaml', 'scenes/ch10/film.yaml', 'scenes/ch10/quiz.yaml']
export const events = [
  { id: 'party-day-11', name: '主题党日 11 月', site: 'east', expected: 126, came: 97, created_at_ms: NOW - 86_400_000, closed_at_ms: null },
  { id: 'open-day', name: '校园开放日', site: null, expected: 0, came: 311, created_at_ms: NOW - 20 * 86_400_000, closed_at_ms: NOW - 19 * 86_400_000 },
]
const NAMES = ['梁＊', '何＊东', '高＊英', '林＊', '谢＊平', '罗＊', '孙＊丽', '郑＊', '吴＊', '赵＊军', '刘＊芳', '张＊华', '王＊明', '李＊', '马＊', '邓＊', '曹＊云']
export const checkIns = Array.from({ length: 98 }, (_, n) => {
  const at = NOW - 3_000 - n * 17_000 - (n % 4) * 3_000
  const late = n === 15 ? 192_000 : 400
  return { id: `01K${String(900 - n).padStart(23, '0')}`, event: 'party-day-11', ...(n === 5 ? { code: '318705', name: null, masked: '来宾' } : { code: String(381_700 + n), name: NAMES[n % NAMES.length], masked: NAMES[n % NAMES.length] }), way: ['scanner', 'code', 'api'][n % 3], device: n % 3 === 2 ? null : n % 2 ? 'dm-p-06' : 'dm-p-07', at_ms: at, received_at_ms: at + late, count: null }
})
export const attendees = Array.from({ length: 126 }, (_, n) => ({ code: String(381_700 + n), name: ['王小明', '李华', '张建国', '欧阳文山'][n % 4] }))
export const quiz = [{ scene: 'quiz-all', finished: 214, asked: 2140, right: 1498, questions: ['q-first-congress', 'q-zunyi', 'q-luding', 'q-yanan', 'q-reform', 'q-poverty'].map((question, n) => ({ question, asked: n === 5 ? 3 : 214 - n * 9, right: n === 5 ? 2 : 180 - n * 27 })) }]
export const tokens = [{ id: 't1', name: '东门门禁', created_at_ms: NOW - 30 * 86_400_000, created_by: 'chen', last_used_at_ms: NOW - 40_000, token: null }]
export const audit = [{ at_ms: NOW - 30 * MIN, actor: 'chen', action: 'publish', object: `${NEW.id.slice(0, 12)} → halll, hallp, lib, west, teach` }, { at_ms: NOW - 32 * MIN, actor: 'lin', action: 'save_document', object: 'shanhe/scenes/ch04/route.yaml' }, { at_ms: NOW - 60 * MIN, actor: 'token 东门门禁', action: 'check_in', object: 'party-day-11' }]
export const orders = [
  { id: 'o1', order: { do: 'screenshot' }, created_by: 'chen', created_at_ms: NOW - 17_000, expires_at_ms: NOW, outcome: { state: 'done' }, outcome_at_ms: NOW - 16_200 },
  { id: 'o2', order: { do: 'show_scene', scene: 'quiz' }, created_by: 'chen', created_at_ms: NOW - 79 * MIN, expires_at_ms: NOW, outcome: { state: 'refused', code: 'visiting' }, outcome_at_ms: NOW - 79 * MIN + 200 },
  { id: 'o3', order: { do: 'restart' }, created_by: 'he', created_at_ms: NOW - 330 * MIN, expires_at_ms: NOW, outcome: { state: 'expired' }, outcome_at_ms: NOW - 329 * MIN },
]
export const exhibitions = [{ id: 'shanhe', title: '山河为证', documents: documents.length, files: 38, files_size_bytes: 1_390_000_000, changed_at_ms: NOW - 32 * MIN, created_at_ms: NOW - 86_400_000, release: NEW }]
