import { expect, test } from 'vitest'
import { changed, offsetOf, spanEnd } from '../src/diff'
import { ago, bytes, fingerprint, grouped, local, masked, releaseName, span, stamp } from '../src/format'
import { readRoster } from '../src/roster'

const NOON = new Date(2026, 10, 20, 12, 0, 0).getTime()

test('a span names its two largest units', () => {
  expect([9_000, 660_000, 19_200_000, 234_000_000].map((ms) => span(ms, 'zh-CN'))).toEqual(['9 秒', '11 分', '5 时 20 分', '2 天 17 时'])
  expect(span(19_200_000, 'en')).toBe('5 h 20 min')
})
test('past an hour only the clock time is said', () => {
  expect(ago(NOON - 16_000, NOON, 'zh-CN')).toBe('16 秒前')
  expect(ago(NOON - 3_700_000, NOON, 'zh-CN')).toBe('10:58')
  expect(ago(NOON - 3 * 86_400_000, NOON, 'en')).toBe('11-17 12:00')
})
test('another year is written', () => expect(stamp(new Date(2025, 0, 2, 3, 4).getTime(), NOON)).toBe('2025-01-02 03:04'))
test('sizes keep two digits', () => expect([0, 999, 9_949, 212_000_000, 999_600_000, 11_200_000_000].map(bytes)).toEqual(['0 B', '999 B', '9.9 kB', '212 MB', '1.0 GB', '11 GB']))
test('a release is known by its version, else by its hash', () => {
  expect(releaseName({ id: 'abcdef0123', version: 142 }, 'zh-CN')).toBe('第 142 版')
  expect(releaseName({ id: 'abcdef0123', version: 142 }, 'en')).toBe('Release 142')
  expect(releaseName({ id: 'abcdef0123', version: 0 }, 'en')).toBe('abcdef01')
})
test('names are masked as screens mask them', () => expect(['李', '李华', '王小明', '欧阳文山'].map(masked)).toEqual(['李', '李＊', '王＊明', '欧＊＊山']))
test('a fingerprint is shortened in the middle', () => expect(fingerprint('7c19e4aabb0b52')).toBe('7C:19:E4:…:0B:52'))
test('codes are grouped for reading', () => expect(grouped('k742-qxm3')).toBe('k742 qxm3'))
test('a sentence falls back to the other language', () => {
  expect(local({ zh: '好', en: '' }, 'en')).toBe('好')
  expect(local({ 'zh-CN': '好' }, 'en')).toBe('好')
  expect(local({ en: 'good' }, 'zh-CN')).toBe('good')
})

test('columns count characters, not halves of them', () => {
  expect(offsetOf('a😀b', 3)).toBe(3)
  expect(spanEnd('a😀bc', 1, 2)).toBe(4)
  expect(spanEnd('ab', 1, 9)).toBe(2)
})
test('only the lines that differ are shown', () => {
  expect(changed('a\nb\nc', 'a\nB\nc')).toEqual({ line: 2, theirs: ['b'], mine: ['B'] })
  expect(changed('a\nc', 'a\nb\nc')).toEqual({ line: 2, theirs: [], mine: ['b'] })
  expect(changed('same', 'same')).toBeNull()
})

test('a roster is read as spreadsheets paste it', () => {
  expect(readRoster('\uFEFF编号,姓名\r\n381726,王小明\r\n\r\n381727\t李华\r\n"381728"，"张 三"')).toEqual({ attendees: [{ code: '381726', name: '王小明' }, { code: '381727', name: '李华' }, { code: '381728', name: '张 三' }], wrong: [] })
})
test('wrong lines of a roster are named, none is dropped in silence', () => {
  expect(readRoster('1,王\n2\n坏 码,李\n1,赵\n1,王').wrong).toEqual([{ line: 2, why: 'roster.bad_name' }, { line: 3, why: 'roster.bad_code' }, { line: 4, why: 'roster.twice' }])
})
