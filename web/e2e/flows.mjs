// What pages do, against a mock hub: nothing is overwritten, nothing is counted twice, every page can be reached by
// keyboard, and what went wrong is said where it happened. Each case starts its own mock.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from './browser.mjs'
import { checkIns, devices, NEW, NOW, restored, rollout, stopped } from './mock/data.mjs'
import { startMock } from './mock/hub.mjs'
import { review } from './mock/trust.mjs'

const EDITOR = '/exhibitions/shanhe/edit/scenes/ch04/route.yaml'

const CASES = {
  async 'a page asked for while signed out opens after signing in'({ page, mock }) {
    mock.state.signedIn = false
    await page.goto(`${mock.url}/check-ins/party-day-11`)
    await page.locator('#user').fill('chen')
    await page.locator('#password').fill('a long password')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/check-ins/party-day-11')
  },
  async 'G and a letter goes to a page, J K and Enter open a row, Esc comes back'({ page, mock }) {
    await page.goto(mock.url)
    await page.locator('.app').waitFor()
    await Promise.all([page.keyboard.press('g'), page.keyboard.press('d')])
    await page.waitForURL('**/devices')
    await page.locator('.rw').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/devices/*')
    await page.keyboard.press('Escape')
    await page.waitForURL('**/devices')
  },
  async 'a filter is in the address and letters typed into it are no orders'({ page, mock }) {
    await page.goto(`${mock.url}/devices`)
    await page.locator('.rw').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('图书馆 gd')
    assert.ok(page.url().includes('/devices'))
    await page.locator('.filter input').fill('图书馆')
    await page.waitForFunction(() => document.querySelectorAll('.rw').length === 2)
    assert.equal(decodeURIComponent(new URL(page.url()).searchParams.get('q')), '图书馆')
  },
  async 'a device that the hub tells of changes its row without a reload'({ page, mock }) {
    await page.goto(`${mock.url}/devices`)
    await page.locator('#row-lib-02 .st.amb').waitFor()
    const lib = devices.find((one) => one.id === 'lib-02')
    mock.tell('device', { ...lib, status: 'online', why: [lib.why[0]] })
    await page.locator('#row-lib-02 .st.ok').waitFor()
    mock.tell('device_removed', { id: 'lib-02' })
    await page.locator('#row-lib-02').waitFor({ state: 'detached' })
  },
  async 'a check-in that is told twice is one row'({ page, mock }) {
    await page.goto(`${mock.url}/check-ins/party-day-11`)
    await page.waitForFunction(() => Number.parseInt(document.querySelector('[data-count]')?.textContent ?? '0', 10) === 97)
    const fresh = { ...checkIns[0], id: '01KZ', code: '381999', masked: '钱＊森', at_ms: NOW, received_at_ms: NOW + 300, count: 98 }
    mock.tell('check_in', fresh)
    mock.tell('check_in', fresh)
    await page.locator('tr', { hasText: '钱＊森' }).waitFor()
    assert.equal(Number.parseInt(await page.locator('[data-count]').innerText(), 10), 98)
    assert.equal(await page.locator('tr', { hasText: '钱＊森' }).count(), 1)
  },
  async 'a save that somebody was faster with overwrites nothing until a person chose'({ page, mock }) {
    mock.state.conflict = true
    await page.goto(mock.url + EDITOR)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('# mine')
    await page.keyboard.press('Control+s')
    const dialog = page.locator('.el-dialog:visible')
    await dialog.waitFor()
    assert.equal(mock.asked.filter((one) => one.startsWith('PUT')).length, 1)
    assert.match(await dialog.innerText(), /长征[\s\S]*# mine/)
    await dialog.locator('.btn.d').click()
    await page.locator('[data-state=saved]').waitFor()
    assert.equal(mock.asked.filter((one) => one.startsWith('PUT')).length, 2)
  },
  async 'unsaved text is not lost by going elsewhere'({ page, mock }) {
    await page.goto(mock.url + EDITOR)
    await page.locator('.cm-content').click()
    await page.keyboard.type('x')
    await page.locator('[data-state=dirty]').waitFor()
    await page.locator('.nav a').first().click()
    await page.locator('.el-dialog:visible .btn').first().click()
    assert.ok(page.url().includes('/edit/'))
    await page.locator('[data-state=dirty]').waitFor()
  },
  async 'an upload leads to its exhibition, and a file that is no zip is refused here'({ page, mock, folder }) {
    await page.goto(`${mock.url}/exhibitions`)
    await page.locator('.zone').waitFor()
    writeFileSync(join(folder, 'a.txt'), 'x')
    await page.locator('input[type=file]').setInputFiles(join(folder, 'a.txt'))
    await page.locator('[role=alert]').waitFor()
    assert.ok(!mock.asked.includes('POST uploads'))
    writeFileSync(join(folder, 'a.zip'), 'PK')
    await page.locator('input[type=file]').setInputFiles(join(folder, 'a.zip'))
    await page.waitForURL('**/exhibitions/shanhe')
  },
  async 'a build with errors publishes nothing and shows them'({ page, mock }) {
    Object.assign(mock.state, { clean: true, fails: true })
    await page.goto(`${mock.url}/exhibitions/shanhe`)
    await page.locator('[data-publish-open]:not([aria-disabled=true])').click()
    await page.locator('[data-publish]').click()
    await page.locator('.found .f').first().waitFor()
    assert.ok(!mock.asked.some((one) => one.includes('/publish')))
  },
  async 'publishing builds first, then gives the release to the chosen groups'({ page, mock }) {
    mock.state.clean = true
    await page.goto(`${mock.url}/exhibitions/shanhe`)
    await page.locator('[data-publish-open]:not([aria-disabled=true])').click()
    await page.locator('[data-publish]').click()
    await page.waitForURL('**/releases/*')
    const order = mock.asked.filter((one) => one.startsWith('POST'))
    assert.equal(order[0], 'POST exhibitions/shanhe/releases')
    assert.match(order[1], /^POST releases\/.+\/publish$/)
  },
  async 'a rollout is paused with one press, and one that stops by itself says so at once'({ page, mock }) {
    await page.goto(`${mock.url}/releases/${NEW.id}`)
    await page.locator('[data-rollout=running] [data-pause]').click()
    await page.locator('[data-rollout=paused]').waitFor()
    assert.ok(mock.asked.includes(`POST rollouts/${rollout.id}/actions`))
    mock.tell('rollout', stopped)
    const card = page.locator('[data-rollout=stopped]')
    await card.locator('[role=alert]').waitFor()
    assert.match(await card.innerText(), /城西馆 04/)
    await card.locator('[data-roll-back]').click()
    await page.locator('.el-dialog:visible [data-approval]').waitFor()
    await page.locator('.el-dialog:visible .btn.D').click()
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    assert.equal(mock.asked.filter((one) => one.startsWith('POST rollouts/')).length, 2)
  },
  async 'a plan that makes no sense is said beside it and nothing is published'({ page, mock }) {
    await page.goto(`${mock.url}/releases/${NEW.id}`)
    await page.locator('.bign').first().waitFor()
    await page.keyboard.press('p')
    await page.locator('.groups .el-checkbox').first().click()
    await page.locator('[data-careful]').click()
    await page.locator('#plan-steps').fill('50%, 10%')
    await page.locator('.plan [role=alert]').waitFor()
    await page.keyboard.press('Enter')
    assert.ok(!mock.asked.some((one) => one.includes('/publish')))
    await page.locator('#plan-steps').fill('1, 50%')
    await page.keyboard.press('Enter')
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    assert.ok(mock.asked.some((one) => one.includes('/publish')))
  },
  async 'screens go dark only when the name was typed, and come back from the banner'({ page, mock }) {
    await page.goto(mock.url)
    await page.locator('[data-dark-open]').click()
    await page.locator('#dark-what').selectOption('group:hallp')
    await page.locator('#dark-type').fill('大厅')
    await page.locator('[data-darken][aria-disabled=true]').waitFor()
    await page.keyboard.press('Enter')
    assert.ok(!mock.asked.includes('POST blanks'))
    await page.locator('#dark-type').fill('大厅竖屏')
    await page.keyboard.press('Enter')
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    assert.ok(mock.asked.includes('POST blanks'))
    mock.tell('fleet', { restored: null, blanks: [{ scope: 'group', id: 'hallp', name: '大厅竖屏', at_ms: NOW, by: 'chen' }] })
    await page.locator('[data-dark] .btn').click()
    await page.waitForFunction(() => document.querySelector('.el-message'))
    assert.ok(mock.asked.includes('DELETE blanks/group/hallp'))
    mock.tell('fleet', { restored: null, blanks: [] })
    await page.locator('[data-dark]').waitFor({ state: 'detached' })
  },
  async 'delivery rules are checked before they are sent, and can be taken back'({ page, mock }) {
    await page.goto(`${mock.url}/groups`)
    await page.locator('[data-rules]').first().waitFor()
    await page.keyboard.press('e')
    await page.waitForFunction(() => document.activeElement?.id === 'rules-windows')
    await page.keyboard.type('25:00-06:00')
    await page.locator('.el-dialog:visible [role=alert]').waitFor()
    await page.keyboard.press('Enter')
    assert.ok(!mock.asked.some((one) => one.startsWith('PUT')))
    await page.locator('#rules-windows').fill('22:00–6:00')
    await page.keyboard.press('Enter')
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    await page.locator('.note.ok .btn').click()
    await page.locator('.note.ok').waitFor({ state: 'detached' })
    assert.equal(mock.asked.filter((one) => /^PUT groups\/.+\/delivery$/.test(one)).length, 2)
  },
  async 'a hub from an old backup waits for a person on every page'({ page, mock }) {
    mock.state.restored = restored
    await page.goto(`${mock.url}/check-ins`)
    await page.locator('[data-restored] .btn').first().click()
    await page.locator('.el-dialog:visible .btn.D').click()
    await page.locator('[data-restored]').waitFor({ state: 'detached' })
    assert.ok(mock.asked.includes('POST fleet/restored'))
  },
  async 'a draft with errors cannot be published and the button says why'({ page, mock }) {
    await page.goto(`${mock.url}/exhibitions/shanhe`)
    const button = page.locator('[data-publish-open]')
    await page.locator('[data-publish-open][aria-disabled=true]').waitFor()
    assert.match(await button.innerText(), /先改 2 处错误/)
    await button.dispatchEvent('click')
    assert.equal(await page.locator('.el-dialog:visible').count(), 0)
  },
  async 'a lost hub keeps the page, says since when, and blocks orders with the reason'({ page, mock }) {
    await page.goto(`${mock.url}/devices/dm-p-06`)
    await page.locator('h1', { hasText: '东门大厅 6' }).waitFor()
    mock.state.down = true
    mock.cut()
    await page.locator('.bar.lost').waitFor()
    assert.match(await page.locator('.bar.lost').innerText(), /起没有更新/)
    assert.match(await page.locator('.btn.x').first().innerText(), /断开/)
    await page.locator('h1', { hasText: '东门大厅 6' }).waitFor()
  },
  async 'removing a device asks for its name, which cannot be pasted'({ page, mock }) {
    await page.goto(`${mock.url}/devices/dm-p-06`)
    await page.getByRole('button', { name: '移除终端' }).click()
    const last = page.locator('.el-dialog:visible .btn').last()
    await last.waitFor()
    assert.equal(await last.getAttribute('aria-disabled'), 'true')
    await page.locator('#confirm-type').pressSequentially('东门大厅 6')
    await page.locator('.el-dialog:visible .btn.D').waitFor()
    assert.ok(!mock.asked.some((one) => one.startsWith('DELETE')))
  },
  async 'from signing in to a release on its way, a code for a new screen and an arrival, without a mouse'({ page, mock, folder }) {
    Object.assign(mock.state, { signedIn: false, clean: true })
    const keys = async (...all) => {
      for (const key of all) await page.keyboard.press(key)
    }
    // Both at once, because a slow machine may take longer over the first than the second is waited for.
    const go = (letter) => Promise.all([page.keyboard.press('g'), page.keyboard.press(letter)])
    // Heard from the start: the browser takes a moment to hand its choosers over.
    const chooser = page.waitForEvent('filechooser', { timeout: 60_000 })
    chooser.catch(() => undefined)
    await page.goto(mock.url)
    await page.waitForFunction(() => document.activeElement?.id === 'user')
    await page.keyboard.type('chen')
    await keys('Tab')
    await page.keyboard.type('a long password')
    await keys('Enter')
    await page.locator('.app').waitFor()
    await go('e')
    await page.waitForURL('**/exhibitions')
    await page.locator('.zone').waitFor()
    writeFileSync(join(folder, 'a.zip'), 'PK')
    await keys('u')
    await (await chooser).setFiles(join(folder, 'a.zip'))
    await page.waitForURL('**/exhibitions/shanhe')
    await keys('Control+k')
    await page.waitForFunction(() => document.activeElement?.id === 'find-box')
    await page.keyboard.type('route.yaml')
    await page.locator('.hits li.on', { hasText: 'scenes/ch04/route.yaml' }).waitFor()
    await keys('Enter')
    await page.waitForURL('**/edit/scenes/ch04/route.yaml')
    await page.locator('.cm-content').waitFor()
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    await keys('Enter')
    await page.locator('.cm-focused').waitFor()
    await keys('Control+End')
    await page.keyboard.type('# new')
    await keys('Control+s')
    await page.locator('[data-state=saved]').waitFor()
    // Tab indents in the text; Esc is the way out of it.
    await keys('Escape')
    await page.locator('.cm-editor:not(.cm-focused)').waitFor()
    await keys('p')
    await page.waitForFunction(() => document.activeElement?.id === 'publish-note')
    await page.keyboard.type('one word')
    // Nothing is published to groups that have not been shown yet.
    await page.locator('[data-publish]:not([aria-disabled=true])').waitFor()
    await keys('Enter')
    await page.waitForURL('**/releases/*')
    assert.ok(mock.asked.some((one) => /^POST releases\/.+\/publish$/.test(one)))
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    await go('d')
    await page.locator('.rw').first().waitFor()
    await keys('n')
    await page.waitForFunction(() => document.activeElement?.id === 'enrol-name')
    await page.keyboard.type('东门大厅 07')
    await keys('Enter')
    await page.locator('[data-code]').waitFor()
    await keys('Escape')
    await page.locator('.el-overlay:visible').waitFor({ state: 'detached' })
    await go('c')
    await page.locator('tr.on').waitFor()
    await keys('Enter')
    await page.waitForURL('**/check-ins/party-day-11')
    await page.locator('tbody tr').first().waitFor()
    mock.tell('check_in', { ...checkIns[0], id: '01KZ', code: '381999', masked: '钱＊森', at_ms: NOW, received_at_ms: NOW + 300, count: 98 })
    await page.locator('tr', { hasText: '钱＊森' }).waitFor()
  },
  async 'a new site is taken as it was written, a known group by its id'({ page, mock }) {
    await page.goto(`${mock.url}/devices?enrol=1`)
    await page.waitForFunction(() => document.activeElement?.id === 'enrol-name')
    await page.keyboard.type('大厅 01')
    await page.keyboard.press('Tab')
    // As an input method gives it: whole, in one step.
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('城北展馆')
    await page.getByRole('button', { name: '图书馆', exact: true }).press('Enter')
    await page.locator('#enrol-group').focus()
    const [request] = await Promise.all([page.waitForRequest('**/enrol-codes'), page.keyboard.press('Enter')])
    assert.deepEqual(request.postDataJSON(), { name: '大厅 01', site: '城北展馆', group: 'lib' })
  },
  async 'a quiz question is shown in its words, and by its id where there are none'({ page, mock }) {
    await page.goto(`${mock.url}/quiz`)
    await page.locator('.q', { hasText: '中国共产党第一次全国代表大会开幕的日期是？' }).locator('.mono', { hasText: 'q-first-congress' }).waitFor()
    assert.equal(await page.locator('.q', { hasText: 'q-poverty' }).innerText(), 'q-poverty')
    assert.match(await page.locator('.card .h').first().innerText(), /百年答题/)
  },
  async 'an upload that is refused says why in the reader’s language'({ page, mock, folder }) {
    Object.assign(mock.state, { empty: true, fails: { code: 'path_refused', message: 'the path `../a` is not taken', hint: '路径 `../a` 不被接受' } })
    await page.goto(`${mock.url}/exhibitions`)
    await page.locator('.zone').waitFor()
    writeFileSync(join(folder, 'a.zip'), 'PK')
    await page.locator('input[type=file]').setInputFiles(join(folder, 'a.zip'))
    const said = await page.locator('.job.cin').innerText()
    assert.match(said, /不收[\s\S]*路径 `..\/a` 不被接受/)
    assert.ok(!said.includes('not taken'))
  },
  async 'a passkey is made and signs what the hub has prepared, and a person is verified'({ page, mock }) {
    // A security key without a finger, driven by the browser itself: everything else is as with a real one.
    const browserSide = await page.context().newCDPSession(page)
    await browserSide.send('WebAuthn.enable')
    await browserSide.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
    // Passkeys belong to names: an address has none.
    const url = mock.url.replace('127.0.0.1', 'localhost')
    await page.goto(`${url}/trust`)
    await page.locator('[data-key-open]').click()
    await page.locator('#key-person').fill('wang')
    const [named] = await Promise.all([page.waitForRequest('**/keys'), page.locator('[data-make-key]').click()])
    const lines = await page.locator('[data-key]').innerText()
    const [, key, rpId, credential] = /key = "(es256:[\w-]{87})", rp_id = "([^"]+)", credential = "([\w-]+)"/.exec(lines) ?? []
    assert.equal(rpId, 'localhost')
    assert.deepEqual(named.postDataJSON(), { key })

    // A keeper of the root has put it into the roster; the hub asks for it.
    const statement = { ...review.sites[0].forward, passkeys: [{ person: 'wang', key: '0'.repeat(32), credential, rp_id: rpId }] }
    mock.state.review = { ...review, sites: [{ ...review.sites[0], forward: statement }] }
    await page.goto(`${url}/releases/${review.release.id}/review`)
    const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/review/east')), page.locator('[data-sign]').click()])
    const assertion = sent.postDataJSON()
    assert.equal(assertion.credential, credential)
    const bytes = (text) => Buffer.from(text, 'base64url')
    const client = JSON.parse(bytes(assertion.client_data))
    assert.deepEqual([client.type, client.challenge, client.origin], ['webauthn.get', statement.challenge, url])
    const authenticator = bytes(assertion.authenticator_data)
    assert.equal(authenticator[32] & 0b101, 0b101, 'present and verified')
    // The signature is by the key that was made, over what the screens check.
    const spki = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), bytes(key.slice(6))])
    const signed = Buffer.concat([authenticator, createHash('sha256').update(bytes(assertion.client_data)).digest()])
    assert.ok(verify('sha256', signed, createPublicKey({ key: spki, format: 'der', type: 'spki' }), bytes(assertion.signature)))
    if (process.env.PINGFENG_ASSERTION) writeFileSync(process.env.PINGFENG_ASSERTION, JSON.stringify({ key, rp_id: rpId, challenge: statement.challenge, ...assertion }, null, 2))

    // Who cannot be verified does not sign.
    await browserSide.send('WebAuthn.disable')
    await browserSide.send('WebAuthn.enable')
    await page.locator('[data-sign]').click()
    await page.locator('[role=alert]').waitFor()
  },
  async 'a passkey for another address is not asked for, and the button says where to go'({ page, mock }) {
    await page.goto(`${mock.url.replace('127.0.0.1', 'localhost')}/releases/${review.release.id}/review`)
    const button = page.locator('[data-sign]')
    await button.waitFor()
    assert.equal(await button.getAttribute('aria-disabled'), 'true')
    assert.match(await button.innerText(), /hub\.example\.cn/)
  },
  async 'a roster that a device would refuse is refused in its words'({ page, mock, folder }) {
    mock.state.refuse = true
    await page.goto(`${mock.url}/trust`)
    writeFileSync(join(folder, 'roster-6.json'), '{}')
    await page.locator('input[type=file]').setInputFiles(join(folder, 'roster-6.json'))
    assert.match(await page.locator('[role=alert]').innerText(), /第 6 版比本终端已有的第 7 版旧/)
  },
  async 'a notice cannot be longer than screens show'({ page, mock }) {
    await page.goto(`${mock.url}/notices`)
    await page.locator('[data-new-notice]').click()
    const make = page.locator('[data-make-notice]')
    assert.match(await make.innerText(), /先写中文/)
    await page.locator('#notice-zh').fill('字'.repeat(121))
    assert.match(await make.innerText(), /多了 1 字/)
    await page.locator('#notice-zh').fill('一\n二\n三\n四')
    assert.match(await make.innerText(), /最多 3 行/)
    await page.locator('#notice-zh').fill('今日提前闭馆')
    const [request] = await Promise.all([page.waitForRequest((one) => one.method() === 'POST' && one.url().endsWith('/notices')), make.click()])
    assert.deepEqual(request.postDataJSON(), { site: 'east', zh: '今日提前闭馆', en: '', severity: 'info', minutes: 60, groups: [] })
  },
  async 'a session that ended leads to signing in and back'({ page, mock }) {
    await page.goto(`${mock.url}/settings`)
    await page.locator('.app').waitFor()
    mock.state.signedIn = false
    mock.state.expired = true
    await page.locator('.nav a', { hasText: '展览' }).click()
    await page.waitForURL(/\/sign-in\?next=\/exhibitions/)
  },
}

const only = process.argv[2]
const browser = await openBrowser()
let failures = 0
for (const [name, run] of Object.entries(CASES)) {
  if (only && !name.includes(only)) continue
  const mock = await startMock({ signedIn: true })
  const folder = mkdtempSync(join(tmpdir(), 'pingfeng-'))
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  try {
    await run({ page, mock, folder })
    assert.deepEqual(errors, [])
    console.log(`ok    ${name}`)
  } catch (error) {
    failures += 1
    console.error(`FAIL  ${name}\n      ${String(error.message).split('\n').slice(0, 6).join('\n      ')}`)
  }
  await context.close()
  await mock.stop()
  rmSync(folder, { recursive: true, force: true })
}
await browser.close()
process.exitCode = failures === 0 ? 0 : 1
