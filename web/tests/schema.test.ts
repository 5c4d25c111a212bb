import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, test } from 'vitest'

const web = join(dirname(fileURLToPath(import.meta.url)), '..')

test('schema.d.ts is made from openapi.json as it is', async () => {
  const made = astToString(await openapiTS(new URL('../openapi.json', import.meta.url)))
  const kept = readFileSync(join(web, 'src/api/schema.d.ts'), 'utf8')
  expect(kept.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim()).toBe(made.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim())
})
test('every address that pages ask for is one of the hub', () => {
  const paths = Object.keys((JSON.parse(readFileSync(join(web, 'openapi.json'), 'utf8')) as { paths: object }).paths)
  const asked = ['hub', 'setup', 'session', 'devices', 'devices/{id}', 'devices/{id}/commands', 'devices/{id}/picture', 'enrol-codes', 'groups', 'uploads', 'jobs/{id}', 'exhibitions', 'exhibitions/{id}', 'exhibitions/{id}/documents', 'exhibitions/{id}/releases', 'releases', 'releases/{id}', 'releases/{id}/publish', 'events', 'events/{id}', 'events/{id}/attendees', 'check-ins', 'quiz-results', 'api-tokens', 'api-tokens/{id}', 'audit', 'live']
  expect(asked.filter((path) => !paths.includes(`/${path}`))).toEqual([])
})
