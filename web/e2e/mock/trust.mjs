// Roots, rosters, review and notices of the mock, in the hub's shapes.
import { devices, NEW, NOW, OLD } from './data.mjs'

const DAY = 86_400_000
const hex = (n) => (n * 0x9e3779b1 >>> 0).toString(16).padStart(8, '0').repeat(4)
const file = (n) => ({ id: hex(n), kind: 'file', key: `ed25519:${'A'.repeat(43)}`, rp_id: null, credential: null })
const passkey = (n, host = 'hub.example.cn') => ({ id: hex(n), kind: 'passkey', key: `es256:${'B'.repeat(87)}`, rp_id: host, credential: `Y3JlZGVudGlhb${n}` })
const site = { id: 'east', name: '城东展馆' }

export const trust = {
  site,
  root: { version: 2, fingerprint: hex(9), first_fingerprint: hex(8), expires_at_ms: NOW + 2_900 * DAY, threshold: 2, keys: [file(1), file(2), file(3)] },
  roster: {
    version: 7, created_at_ms: NOW - 345 * DAY, expires_at_ms: NOW + 20 * DAY,
    people: [
      { id: 'lin', roles: ['author'], keys: [] },
      { id: 'wang', roles: ['first_review'], keys: [passkey(4), file(5)] },
      { id: 'zhao', roles: ['second_review', 'final_review'], keys: [passkey(6)] },
      { id: 'sun', roles: ['final_review'], keys: [file(7)] },
      { id: 'qian', roles: ['duty_officer', 'operator'], keys: [passkey(10)] },
    ],
    classes: [{ id: 'ordinary', stages: ['first_review', 'final_review'] }, { id: 'solemn', stages: ['first_review', 'second_review', 'final_review'] }],
    exhibitions: [{ exhibition: '*', class: 'ordinary', least_version: null }, { exhibition: 'shanhe', class: 'solemn', least_version: 120 }],
  },
  warnings: [{ code: 'roster_expires_soon', zh: '名册将于 2026-12-10 到期：请在此之前签署新名册', en: 'The roster expires on 2026-12-10: have the next one signed before' }],
  history: [['roster', 7, 1], ['root', 2, 40], ['roster', 6, 300], ['root', 1, 700]].map(([kind, version, days]) => ({ id: `${kind}${version}`, kind, version, added_at_ms: NOW - days * DAY, added_by: 'chen' })),
  devices: devices.slice(0, 8).map(({ id, name }, n) => ({ id, name, mode: ['signed', 'signed', null, 'signed', 'hub', 'signed', 'no_root', 'damaged'][n], root: 2, roster: n === 3 ? 6 : 7, warnings: [], report_at_ms: NOW - 3_000 })),
}
export const certificates = devices.slice(0, 6).map(({ id, name }, n) => ({ serial: hex(40 + n), device: { id, name }, state: n === 2 ? 'revoked' : 'current', issued_at_ms: NOW - 700 * DAY, expires_at_ms: NOW + [12, 90, 300, 400, 500, 600][n] * DAY, ended_at_ms: null, warning: n === 0 ? { code: 'certificate_ends_soon', zh: '证书快到期，终端还没有换新：请看它是否在线、程序是否太旧', en: 'It ends soon and the device has not asked for another: see whether it is online and its program is not too old' } : null }))
export const unsigned = { site, root: null, roster: null, warnings: [{ code: 'no_root', zh: '本场馆没有根密钥和名册', en: 'This site has no root and no roster' }], history: [], devices: trust.devices }

const stages = (people) => [['first_review', '初审', 'first review'], ['second_review', '复审', 'second review'], ['final_review', '终审', 'final review']].map(([role, zh, en], n) => ({ role, zh, en, person: people[n] ?? null }))
const keysOf = (host) => [['wang', 4], ['zhao', 6]].map(([person, n]) => ({ person, key: hex(n), credential: `Y3JlZGVudGlhb${n}`, rp_id: host }))
const statement = (people, more = {}) => ({
  from_version: null, statement: '{}', challenge: Buffer.from('a statement of thirty-two bytes!').toString('base64url'), stages: stages(people),
  signatures: people.map((person, n) => ({ key: hex(20 + n), person, good: true, flaw: null })), complete: people.length === 3,
  refusal: people.length === 3 ? null : { code: 'stage_missing', zh: '缺少复审、终审签名：请对应人员签名', en: 'nobody has signed for: second review, final review' }, passkeys: keysOf('hub.example.cn'), ...more,
})
export const review = {
  release: NEW, class: 'solemn', groups: [], expires_at_ms: NOW + 400 * DAY, min_runtime: '0.1.0',
  sites: [
    { site, signed: true, roster: 7, forward: statement(['wang'], { signatures: [{ key: hex(20), person: 'wang', good: true, flaw: null }, { key: hex(31), person: null, good: false, flaw: null }] }), back: null },
    { site: { id: 'west', name: '城西馆' }, signed: false, roster: null, forward: null, back: null },
  ],
}
export const reviewOld = { ...review, release: OLD, sites: [{ site, signed: true, roster: 7, forward: statement(['wang', 'zhao', 'sun']), back: statement([], { from_version: 142 }) }] }
export const changes = {
  against: OLD,
  fields: [
    { at: 'scenes › ch04 › title › zh-CN', before: '万里长征', after: '长征：二万五千里' },
    { at: 'scenes › ch04 › stops › luding › text › zh-CN', before: '一九三五年五月二十九日，红军夺取泸定桥。', after: '一九三五年五月二十九日，红四团夺取泸定桥，打开了北上的通道。' },
    { at: 'sources › s-118', before: null, after: '《中国共产党历史》第一卷' },
    { at: 'scenes › ch04 › note', before: '旧注', after: null },
  ],
  fields_left_out: 0,
  files: [{ path: 'pictures/luding-1600.jpg', before_bytes: 412_000, after_bytes: 398_000 }, { path: 'pictures/map-ch04-2048.webp', before_bytes: null, after_bytes: 820_000 }, { path: 'films/opening.mp4', before_bytes: 88_000_000, after_bytes: 91_000_000 }],
  files_left_out: 0, files_same: 1_189,
}

const LIMITS = { zh_chars: 120, en_chars: 360, lines: 3, minutes: 1_440 }
const note = (id, state, severity, zh, en, more = {}) => ({ id, site: 'east', zh, en, severity, groups: [], state, created_at_ms: NOW - 20 * 60_000, created_by: 'chen', expires_at_ms: NOW + 40 * 60_000, signed_at_ms: null, withdrawn_at_ms: null, withdrawn_by: null, signatures: [], refusal: null, challenge: 'YQ', passkeys: [{ person: 'qian', key: hex(10), credential: 'Y3JlZGVudGlhb10', rp_id: 'hub.example.cn' }], showing: 0, meant: 14, ...more })
export const notices = {
  limits: LIMITS,
  notices: [
    note('n-1', 'draft', 'warning', '三层东侧展厅因设备检修\n暂停开放至十六时', 'The east hall on the third floor is closed until 16:00', { refusal: { code: 'stage_missing', zh: '缺少值班签名：请对应人员签名', en: 'nobody has signed for: duty officer' } }),
    note('n-2', 'shown', 'danger', '请立即从最近的出口离开，不要使用电梯', 'Leave by the nearest exit now. Do not use the lifts', { showing: 12 }),
    note('n-3', 'withdrawn', 'info', '今日讲解改在二层服务台集合', '', { withdrawn_by: 'chen' }),
  ],
}
