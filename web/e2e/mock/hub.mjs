// A hub that only looks like one: fixed answers in the hub's shapes and the built console, for looking at pages
// without a hub. Never shipped; the end-to-end run uses the real hub.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as data from './data.mjs'
import * as trust from './trust.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
/** The policy that the real hub sends. */
const POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

/** Starts it on a free port. `state` can be changed while it runs: `{ signedIn, empty, down, needsSetup }`. */
export async function startMock(state = {}, dist = join(here, '../../dist')) {
  const streams = new Set()
  const asked = []
  let etag = 1
  const list = (name, full) => (state.empty ? [] : full)
  const device = (id) => data.devices.find((one) => one.id === id)
  const darkened = (one) => (state.dark && one.group.id === state.dark[0].id ? { ...one, blanks: state.dark, why: one.connected ? [{ code: 'dark', zh: '黑屏', en: 'Dark' }, ...one.why.slice(1)] : one.why, report: { ...one.report, blank: one.connected } } : one)
  const job = (kind) => ({ id: 'j', kind, exhibition: kind === 'build' ? 'shanhe' : null, state: 'running', step: 'pictures', done: 12, total: 40, findings: [], release: null, error: null, created_at_ms: data.NOW, created_by: 'chen', ended_at_ms: null })
  const ended = (id) => (state.fails ? { ...job('build'), id, state: 'failed', findings: state.fails.code ? [] : data.findings, error: state.fails.code ? state.fails : { code: 'has_errors', message: 'the exhibition has errors' } } : { ...job('build'), id, state: 'done', exhibition: 'shanhe', release: id === 'j-build' ? data.NEW.id : null })
  const answers = [
    [/^GET hub$/, () => ({ name: 'hub-01', version: '0.1.0', needs_setup: state.needsSetup ?? false, fingerprint: '7c19e4'.padEnd(60, '3a') + '0b52', now_ms: data.NOW })],
    [/^POST (session|setup)$/, () => (state.refuse ? [401, { error: { code: 'wrong_credentials', message: 'user name or password is wrong' } }] : ((state.signedIn = true), { user: 'chen', expires_at_ms: data.NOW + 3.6e6 }))],
    [/^GET session$/, () => (state.signedIn ? { user: 'chen', expires_at_ms: data.NOW + 3.6e6 } : [401, { error: { code: 'signed_out', message: 'sign in first' } }])],
    [/^DELETE session$/, () => ((state.signedIn = false), undefined)],
    [/^GET sites\/[^/]+\/trust$/, () => (state.unsigned ? trust.unsigned : trust.trust)],
    [/^POST sites\/[^/]+\/trust$/, () => (state.refuse ? [400, { error: { code: 'roster_rolled_back', message: 'roster version 6 is older than 7, which this device has', hint: '名册第 6 版比本终端已有的第 7 版旧：请下发最新的' } }] : trust.trust)],
    [/^GET certificates$/, () => list('certificates', trust.certificates)],
    [/^POST devices\/[^/]+\/revoke$/, () => undefined],
    [/^POST devices\/[^/]+\/enrol-code$/, () => ({ code: 'K742QXM3', expires_at_ms: data.NOW + 15 * 60_000, fingerprint: '7c19e4'.padEnd(60, '3a') + '0b52' })],
    [/^POST keys$/, () => ({ id: '9e3779b1'.repeat(4) })],
    [/^(?:GET|POST) releases\/([^/]+)\/review(?:\/[^/]+)?$/, (id) => state.review ?? (id === data.OLD.id ? trust.reviewOld : trust.review)],
    [/^GET releases\/[^/]+\/changes$/, () => trust.changes],
    [/^GET notices$/, () => (state.empty ? { ...trust.notices, notices: [] } : trust.notices)],
    [/^POST notices(?:\/.+)?$/, () => trust.notices.notices[0]],
    [/^DELETE notices\/.+$/, () => undefined],
    [/^GET rollouts$/, () => list('rollouts', [state.rollout ?? data.rollout])],
    [/^POST rollouts\/[^/]+\/actions$/, () => ({ ...(state.rollout ?? data.rollout), state: 'paused', devices: [] })],
    [/^GET fleet$/, () => ({ restored: state.restored ?? null, rival_at_ms: state.rival ?? null, blanks: state.dark ?? [] })],
    [/^POST fleet\/restored$/, () => ((state.restored = null), { devices: 3 })],
    [/^POST blanks$/, () => ({ devices: 16 })],
    [/^DELETE blanks\/.+$/, () => ({ devices: 16 })],
    [/^PUT groups\/([^/]+)\/delivery$/, (id) => data.groups.find((group) => group.id === id)],
    [/^POST groups\/[^/]+\/commands$/, () => [202, { sent: [{ id: 'dm-p-06', name: '东门大厅 6' }], away: [] }]],
    [/^DELETE releases\/.+$/, () => ({ size_bytes: 81_000_000, blobs: 12 })],
    [/^GET devices$/, () => list('devices', data.devices.map(darkened))],
    [/^GET devices\/([^/]+)$/, (id) => (device(id) && darkened(device(id))) ?? [404, { error: { code: 'not_found', message: 'there is no device' } }]],
    [/^GET devices\/[^/]+\/commands$/, () => data.orders],
    [/^POST devices\/[^/]+\/commands$/, () => ({ id: 'o9' })],
    [/^GET groups$/, () => list('groups', data.groups)],
    [/^GET sites$/, () => [200, [{ id: 'east', name: '城东展馆' }]]],
    [/^POST enrol-codes$/, () => ({ code: 'K742QXM3', expires_at_ms: data.NOW + 15 * 60_000, fingerprint: '7c19e4'.padEnd(60, '3a') + '0b52' })],
    [/^GET exhibitions$/, () => list('exhibitions', data.exhibitions)],
    [/^GET exhibitions\/[^/]+$/, () => ({ ...data.exhibitions[0], findings: state.clean ? [] : data.findings })],
    [/^GET exhibitions\/[^/]+\/documents$/, () => data.documents.map((path) => ({ path, kind: /banks\//.test(path) ? 'bank' : /quiz/.test(path) ? 'quiz' : null, etag: 'e', size_bytes: 380 }))],
    [/^GET exhibitions\/[^/]+\/documents\/.+\/history$/, () => [200, [3, 2, 1].map((n) => ({ seq: n, etag: `${n}`, created_at_ms: data.NOW - (4 - n) * 320_000, created_by: n === 1 ? 'lin' : 'chen', size_bytes: 380 }))]],
    [/^GET exhibitions\/[^/]+\/documents\/(banks\/ch01|.*quiz)\.yaml$/, (path) => ({ yaml: path.startsWith('banks') ? data.bank : data.quizScene, etag: 'e' })],
    [/^GET exhibitions\/[^/]+\/documents\/.+$/, () => (state.conflict && asked.some((one) => one.startsWith('PUT')) ? { yaml: data.document.replace('万里长征', '长征'), etag: 'theirs' } : { yaml: data.document, etag })],
    [/^PUT exhibitions\/[^/]+\/documents\/.+$/, (request) => (state.conflict && request.headers['if-match'] !== '"theirs"' ? [412, { error: { code: 'changed', message: 'changed' } }] : { etag: `"${++etag}"`, findings: [] })],
    [/^POST uploads$/, () => ({ ...job('upload'), id: 'j-upload' })],
    [/^POST exhibitions\/[^/]+\/releases$/, () => ({ ...job('build'), id: 'j-build' })],
    [/^GET jobs\/(.+)$/, (id) => ended(id)],
    [/^POST releases\/[^/]+\/publish$/, () => ({ devices: data.devices.length })],
    [/^POST events$/, () => data.events[0]],
    [/^PUT events\/[^/]+\/attendees$/, () => ({ attendees: 2 })],
    [/^POST check-ins$/, () => (state.refuse ? [400, { error: { code: 'unknown_code', message: 'no such code' } }] : data.checkIns[0])],
    [/^POST exhibitions\/[^/]+\/documents\/.+\/undo$/, () => ({ etag: `${++etag}`, findings: [] })],
    [/^GET releases$/, () => list('releases', data.releases)],
    [/^GET releases\/(.+)$/, (id) => data.releases.find((one) => one.id === id) ?? data.releases[0]],
    [/^GET events$/, () => list('events', data.events)],
    [/^GET events\/[^/]+\/attendees$/, () => data.attendees],
    [/^GET check-ins$/, () => list('check-ins', data.checkIns)],
    [/^GET quiz-results$/, () => list('quiz', data.quiz)],
    [/^GET api-tokens$/, () => list('tokens', data.tokens)],
    [/^GET audit$/, () => data.audit],
  ]
  const server = createServer((request, response) => {
    const address = new URL(request.url ?? '/', 'http://mock')
    // Bodies are not looked at; one that is left unread can hold up the next request of its connection.
    request.resume()
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('date', new Date(data.NOW).toUTCString())
    if (!address.pathname.startsWith('/api/')) return file(dist, address.pathname, response)
    if (state.down) return response.destroy()
    const path = address.pathname.replace('/api/v1/', '')
    if (path === 'live') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: hello\ndata: {}\n\n')
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    if (/^releases\/[^/]+\/files\//.test(path)) {
      response.writeHead(200, { 'content-type': 'image/svg+xml' })
      return response.end(readFileSync(join(here, 'across.svg')))
    }
    const picture = /^devices\/([^/]+)\/picture$/.exec(path)
    if (picture) {
      response.writeHead(200, { 'content-type': 'image/svg+xml' })
      const upright = device(picture[1])?.report?.display[1] > device(picture[1])?.report?.display[0]
      return response.end(readFileSync(join(here, upright ? 'upright.svg' : 'across.svg')))
    }
    asked.push(`${request.method} ${path}`)
    if (request.method !== 'GET' && request.headers['x-pingfeng'] !== '1') return send(response, 403, { error: { code: 'csrf', message: 'header missing' } })
    if (state.expired && !/^(hub|session)$/.test(path)) return send(response, 401, { error: { code: 'signed_out', message: 'sign in first' } })
    for (const [pattern, answer] of answers) {
      const found = pattern.exec(`${request.method} ${path}`)
      if (!found) continue
      const value = answer(...found.slice(1).map(decodeURIComponent), request)
      if (Array.isArray(value) && typeof value[0] === 'number') return send(response, value[0], value[1])
      if (value?.yaml) {
        response.writeHead(200, { 'content-type': 'application/yaml; charset=utf-8', etag: `"${value.etag}"` })
        return response.end(value.yaml)
      }
      return send(response, value === undefined ? 204 : 200, value)
    }
    send(response, 404, { error: { code: 'not_found', message: path } })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    state,
    asked,
    tell: (kind, value) => streams.forEach((stream) => stream.write(`event: ${kind}\ndata: ${JSON.stringify(value)}\n\n`)),
    cut: () => streams.forEach((stream) => stream.destroy()),
    stop: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
  }
}

function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(value === undefined ? '' : JSON.stringify(value))
}

function file(dist, path, response) {
  const wanted = join(dist, normalize(path))
  const found = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html')
  response.writeHead(200, { 'content-type': TYPES[extname(found)] ?? 'application/octet-stream' })
  createReadStream(found).pipe(response)
}
