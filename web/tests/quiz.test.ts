import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addWords, noWords, oneLine } from '../src/quizWords'

const bank = 'kind: bank\nid: b\nquestions:\n  - id: q1\n    stem: "一大\\n开幕的日期是？" # 断行\n  - id: q2\n    stem: { zh-CN: 地点, en: "The\\nplace" }\n  - { id: q3 }\n'

test('questions of a bank and titles of quizzes are read in both languages', () => {
  const words = noWords()
  addWords(words, bank)
  addWords(words, 'kind: quiz\nid: ch04-quiz\ntitle: { zh-CN: 长征, en: The Long March }\nbank: b\n')
  expect([...words.questions]).toEqual([['q1', '一大开幕的日期是？'], ['q2', { 'zh-CN': '地点', en: 'The place' }]])
  expect(words.scenes.get('ch04-quiz')).toEqual({ 'zh-CN': '长征', en: 'The Long March' })
})
test('a document with mistakes gives what can be read, and never an error', () => {
  const words = noWords()
  for (const bad of ['', '[', 'kind: bank\nquestions: 3', 'kind: bank\nquestions: [1, [], {id: [], stem: x}]', 'kind: quiz\nid: a', '\u0000', 'a: &a [x]\nb: [*a, *a]\nkind: quiz']) addWords(words, bad)
  addWords(words, `${bank}  - id: q4\n    stem: "open`)
  expect(words.questions.get('q1')).toBe('一大开幕的日期是？')
})
test('lines broken for the screen join as the language joins them', () => expect(['题干，\n  第二行', 'two\nlines '].map(oneLine)).toEqual(['题干，第二行', 'two lines']))
test('every question of the sample exhibition has words', () => {
  const words = noWords()
  const text = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../scenes/shanhe/banks/dangshi.yaml'), 'utf8')
  addWords(words, text)
  expect(words.questions.size).toBe([...text.matchAll(/^  - id: /gm)].length)
})
