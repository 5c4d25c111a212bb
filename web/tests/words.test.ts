import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import en from '../src/i18n/en'
import zh from '../src/i18n/zh-CN'

type Tree = { [key: string]: string | Tree }
const flat = (tree: Tree, path = ''): Map<string, string> => new Map(Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[path + key, value] as const] : [...flat(value, `${path}${key}.`)])))
const zhAll = flat(zh)
const enAll = flat(en)
const args = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? ''))].sort()
const files = (folder: string): string[] => readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? files(join(folder, name)) : [join(folder, name)]))
const sources = files(join(dirname(fileURLToPath(import.meta.url)), '../src')).filter((file) => /\.(vue|ts)$/.test(file) && !file.includes('i18n')).map((file) => [file, readFileSync(file, 'utf8')] as const)

test('both languages say the same sentences with the same arguments', () => {
  expect([...enAll.keys()].sort()).toEqual([...zhAll.keys()].sort())
  for (const [key, sentence] of zhAll) {
    const english = (enAll.get(key) ?? '').split(' | ')
    for (const form of english.slice(-1)) expect([key, args(form)]).toEqual([key, args(sentence)])
  }
})
test('no sentence is empty', () => {
  for (const [key, sentence] of [...zhAll, ...enAll]) expect([key, sentence.trim() === '']).toEqual([key, false])
})
test('every sentence that a page names exists', () => {
  const missing = sources.flatMap(([file, text]) => [...text.matchAll(/\b(?:t|tn)\(\s*'([a-z_.]+)'/g), ...text.matchAll(/does: '([a-z_.]+)'/g), ...text.matchAll(/why: '(roster\.[a-z_]+)'/g)].map((found) => found[1] ?? '').filter((key) => !zhAll.has(key)).map((key) => `${file}: ${key}`))
  expect(missing).toEqual([])
})
test('every sentence is used', () => {
  const all = sources.map(([, text]) => text).join('\n')
  // Keys that are put together at run time are named by their family.
  const families = /^(status|phase|nav|why|reason|line|order|step|job|waits|plan\.wrong|release\.use|rollout\.(?:state|held|did|stop|trouble)|dark\.scope|role|way|err|audit|stage|finding\.band|device\.row|overview\.first_|device\.origin_)/
  expect([...zhAll.keys()].filter((key) => !families.test(key) && !all.includes(`'${key}'`) && !all.includes(`${key}`))).toEqual([])
})
test('pages never write HTML from data', () => expect(sources.filter(([, text]) => /v-html|innerHTML|outerHTML|insertAdjacentHTML|new Function|\beval\(/.test(text)).map(([file]) => file)).toEqual([]))
