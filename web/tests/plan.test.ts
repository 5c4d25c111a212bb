/** What people type into a plan and into delivery rules. */
import { expect, test } from 'vitest'
import { capOf, draftFor, planOf, stepsOf, windowText, windowsOf, wrongIn } from '../src/plan'

test('steps are read as people write them, and only in rising order', () => {
  expect(stepsOf('10%')).toEqual([{ percent: 10 }])
  expect(stepsOf('1，5、50％')).toEqual([{ devices: 1 }, { devices: 5 }, { percent: 50 }])
  for (const wrong of ['', '0', '100%', '50%, 10%', '5 5', 'ten', '1 2 3 4 5 6', '-1', '1.5%']) expect(stepsOf(wrong), wrong).toBeNull()
})
test('small groups are proposed at once, larger ones a tenth first', () => {
  expect(planOf(draftFor(3))).toMatchObject({ steps: [], soak_min: 30, limit_min: 1440, failures_max: 0, activate_at: null })
  expect(planOf(draftFor(4))?.steps).toEqual([{ percent: 10 }])
})
test('a draft names the field that is wrong', () => {
  const draft = draftFor(10)
  expect(wrongIn(draft)).toBeNull()
  expect(wrongIn({ ...draft, steps: 'x' })).toBe('steps')
  expect(wrongIn({ ...draft, careful: false, steps: 'x' }), 'not used').toBeNull()
  expect(wrongIn({ ...draft, soak_min: '' })).toBe('soak')
  expect(wrongIn({ ...draft, soak_min: '60', limit_h: '1' })).toBe('limit')
  expect(wrongIn({ ...draft, limit_h: '673' })).toBe('limit')
  expect(wrongIn({ ...draft, failures_max: '-1' })).toBe('failures')
  expect(planOf({ ...draft, activate_at: '2026-12-01T08:30:00' })?.activate_at).toBe('2026-12-01T08:30')
})
test('windows are read back as they are written, over midnight too', () => {
  expect(windowsOf('22:00–06:00, 12:00-13:30')).toEqual([{ from_min: 1320, until_min: 360 }, { from_min: 720, until_min: 810 }])
  expect(windowsOf('22：00至24:00')).toEqual([{ from_min: 1320, until_min: 0 }])
  expect(windowsOf('')).toEqual([])
  expect((windowsOf('22:00–06:00') ?? []).map(windowText)).toEqual(['22:00–06:00'])
  for (const wrong of ['22:00', '25:00-06:00', '22:60-06:00', '06:00-06:00', Array(9).fill('1:00-2:00').join(',')]) expect(windowsOf(wrong), wrong).toBeNull()
})
test('a cap is in kilobytes a second', () => {
  expect([capOf(''), capOf('500'), capOf('0'), capOf('1e3'), capOf('1000001')]).toEqual(['none', 500_000, null, null, null])
})
