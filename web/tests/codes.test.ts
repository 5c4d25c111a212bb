/** The codes that the hub and the devices can send, read from their sources, against the list and its sentences. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ACTIONS, ERRORS, LINES, REASONS, STEPS } from '../src/api/codes'
import { spoken } from '../src/format'
import en from '../src/i18n/en'
import zh from '../src/i18n/zh-CN'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const files = (path: string): string[] => (statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => (name === 'tests' ? [] : files(join(path, name)))) : path.endsWith('.rs') && !path.endsWith('tests.rs') ? [path] : [])
/** Without comments and without the tests at the end of a file. */
const source = (...paths: string[]): string =>
  paths.flatMap((path) => files(join(root, path))).map((file) => readFileSync(file, 'utf8').replace(/#\[cfg\(test\)\]\s*mod [\s\S]*$/, '').replace(/^\s*\/\/.*$/gm, '')).join('\n')
const found = (text: string, ...patterns: RegExp[]): string[] => [...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter(Boolean))))].sort()
/** Codes that functions like `fn code(&self) -> &'static str { match … }` return. */
const returned = (text: string, name = 'code'): string[] => [...text.matchAll(new RegExp(`fn ${name}\\((?:&)?self\\) -> &'static str \\{([\\s\\S]*?)\\n    \\}`, 'g'))].flatMap((body) => found(body[1] ?? '', /=> "([a-z_]+)"/g))
const missing = (sent: string[], listed: readonly string[]): string[] => sent.filter((code) => !listed.includes(code))

// A packed console without the rest of the tree has nothing to compare with.
const together = existsSync(join(root, 'crates/pingfeng_hub/src'))

test.runIf(together)('every reason of a device is listed', () => {
  const sent = [...found(source('crates/pingfeng_link/src', 'src/bridge.rs'), /code: "([a-z_]+)"/g), ...returned(source('crates/pingfeng_release/src/store'))]
  expect(sent.length).toBeGreaterThan(10)
  expect(missing(sent, REASONS)).toEqual([])
})
test.runIf(together)('every line of the hub about a device is listed', () => {
  const sent = found(source('crates/pingfeng_hub/src/status.rs'), /line\(\s*"([a-z_]+)"/g)
  expect(sent.length).toBeGreaterThan(8)
  expect(missing(sent, LINES)).toEqual([])
})
test.runIf(together)('every error of the hub and its jobs is listed', () => {
  const hub = source('crates/pingfeng_hub/src')
  const sent = [
    ...found(hub, /(?:bad_request|unauthorized|forbidden|conflict|refuse)\(\s*"([a-z_]+)"/g, /ApiError::new\(\s*[^,]+,\s*"([a-z_]+)"/g, /StatusCode::[A-Z_]+ => \("([a-z_]+)"/g, /Outcome::failed\(\s*[^,]+,\s*"([a-z_]+)"/g, /code: "([a-z_]+)"/g),
    ...returned(source('crates/pingfeng_release/src/folder.rs')),
  ]
  expect(sent.length).toBeGreaterThan(40)
  expect(missing(sent, ERRORS)).toEqual([])
})
test.runIf(together)('every action in the audit log and every step of a job is listed', () => {
  const hub = source('crates/pingfeng_hub/src')
  const done = found(hub, /\.audit\([^"]*?"([a-z_]+)"(?: \} else \{ "([a-z_]+)")?/g)
  expect(done.length).toBeGreaterThan(15)
  expect(missing(done, ACTIONS)).toEqual([])
  const steps = [...found(hub, /\.step\([^,]+, "([a-z_]+)"/g), ...returned(source('crates/pingfeng_release/src/build.rs'), 'word')]
  expect(steps.length).toBeGreaterThan(3)
  expect(missing(steps, STEPS)).toEqual([])
})

test('every listed code has its sentence in both languages', () => {
  for (const words of [zh, en]) {
    const reasons: Record<string, { what: string; todo: string } | undefined> = words.reason
    expect(REASONS.filter((code) => !reasons[code]?.what || !reasons[code]?.todo)).toEqual([])
    for (const [family, codes] of [[words.line, LINES], [words.err, ERRORS], [words.audit, ACTIONS], [words.step, STEPS]] as [Record<string, string>, readonly string[]][]) expect(codes.filter((code) => !family[code])).toEqual([])
  }
})
test('no sentence stands for a code that nobody sends', () => {
  const own = ['screens_go_on', 'unknown', 'unsaid', 'network', 'http_502', 'http_503', 'not_zip', 'passkey_cancelled', 'passkey_failed', 'passkey_kind']
  expect(missing(Object.keys(zh.err), [...ERRORS, ...own])).toEqual([])
  expect(missing(Object.keys(zh.reason), REASONS)).toEqual([])
  expect(missing(Object.keys(zh.audit), ACTIONS)).toEqual([])
})
test('beside a known error stands only what the hub says in the reader’s language', () => {
  const upload = { message: 'the path `../a` is not taken', hint: '路径 `../a` 不被接受' }
  expect([spoken(upload, 'zh-CN').mine, spoken(upload, 'en').mine]).toEqual(['路径 `../a` 不被接受', 'the path `../a` is not taken'])
  const plain = { message: 'the device is not connected', hint: 'try again when it is online' }
  expect([spoken(plain, 'zh-CN').mine, spoken(plain, 'en').mine]).toEqual(['', 'try again when it is online'])
})
