// Every page at both sizes and in both languages against a mock hub: no error, no missing sentence, nothing that the
// content security policy forbids, nothing wider than the screen, texts readable on their ground. Pictures go to --out.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser } from './browser.mjs'
import { dark, NEW, NOW, OLD, restored, stopped } from './mock/data.mjs'
import { startMock } from './mock/hub.mjs'

const out = process.argv.includes('--out') ? process.argv[process.argv.indexOf('--out') + 1] : null
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1].split(',') : null
if (out) mkdirSync(out, { recursive: true })

const SIZES = [['wide', 1440, 900], ['phone', 390, 844]]
const PAGES = [
  { name: 'sign-in', path: '/sign-in', state: { signedIn: false } },
  { name: 'setup', path: '/setup?token=abc', state: { signedIn: false, needsSetup: true } },
  { name: 'overview', path: '/' },
  { name: 'overview-empty', path: '/', state: { empty: true } },
  { name: 'devices', path: '/devices', act: (page) => page.locator('#row-lib-02').click() },
  { name: 'devices-empty', path: '/devices', state: { empty: true } },
  { name: 'enrol', path: '/devices', act: enrol },
  { name: 'device', path: '/devices/lib-02' },
  { name: 'device-offline', path: '/devices/by-03' },
  { name: 'exhibitions', path: '/exhibitions' },
  { name: 'exhibitions-empty', path: '/exhibitions', state: { empty: true } },
  { name: 'exhibition', path: '/exhibitions/shanhe' },
  { name: 'editor', path: '/exhibitions/shanhe/edit/scenes/ch04/route.yaml?at=11:13', act: (page) => page.locator('.cm-content').waitFor() },
  { name: 'publish', path: '/exhibitions/shanhe', state: { clean: true }, act: (page) => page.locator('[data-publish-open]').click() },
  { name: 'releases', path: '/releases' },
  { name: 'release', path: `/releases/${NEW.id}` },
  { name: 'releases-empty', path: '/releases', state: { empty: true } },
  { name: 'give', path: `/releases/${NEW.id}`, act: (page) => page.keyboard.press('p') },
  { name: 'release-stopped', path: `/releases/${NEW.id}`, state: { rollout: stopped } },
  { name: 'roll-back', path: `/releases/${NEW.id}`, state: { rollout: stopped }, act: (page) => page.locator('[data-roll-back]').click() },
  { name: 'release-old', path: `/releases/${OLD.id}` },
  { name: 'give-careful', path: `/releases/${NEW.id}`, act: giveCareful },
  { name: 'groups', path: '/groups' },
  { name: 'groups-empty', path: '/groups', state: { empty: true } },
  { name: 'rules', path: '/groups', act: (page) => page.locator('[data-rules]').nth(2).click() },
  { name: 'go-dark', path: '/', act: (page) => page.locator('[data-dark-open]').click() },
  { name: 'dark', path: '/devices', state: { dark } },
  { name: 'device-dark', path: '/devices/dm-p-06', state: { dark } },
  { name: 'restored', path: '/', state: { restored } },
  { name: 'rival', path: '/', state: { rival: NOW - 60_000 } },
  { name: 'trust', path: '/trust' },
  { name: 'trust-unsigned', path: '/trust', state: { unsigned: true } },
  { name: 'make-key', path: '/trust', act: (page) => page.locator('[data-key-open]').click() },
  { name: 'review', path: `/releases/${NEW.id}/review` },
  { name: 'review-back', path: `/releases/${OLD.id}/review` },
  { name: 'notices', path: '/notices' },
  { name: 'notices-empty', path: '/notices', state: { empty: true, unsigned: true } },
  { name: 'new-notice', path: '/notices', act: writeNotice },
  { name: 'check-ins', path: '/check-ins' },
  { name: 'check-ins-empty', path: '/check-ins', state: { empty: true } },
  { name: 'new-event', path: '/check-ins', act: (page) => page.keyboard.press('n') },
  { name: 'event', path: '/check-ins/party-day-11' },
  { name: 'roster', path: '/check-ins/party-day-11', act: (page) => page.getByRole('button', { name: /^(名册|Roster)$/ }).click() },
  { name: 'quiz', path: '/quiz', act: (page) => page.locator('.q .w').first().waitFor() },
  { name: 'quiz-empty', path: '/quiz', state: { empty: true } },
  { name: 'settings', path: '/settings' },
  { name: 'lost', path: '/devices', lost: true },
  { name: 'find', path: '/', act: (page) => page.keyboard.press('Control+k') },
  { name: 'remove', path: '/devices/dm-p-06', act: (page) => page.locator('.btn.d').last().click() },
  { name: 'refused', path: '/sign-in', state: { signedIn: false, refuse: true }, act: refuse },
  { name: 'more', path: '/exhibitions', phone: true, act: (page) => page.locator('.bottom > button').click() },
  { name: 'help', path: '/devices', act: (page) => page.keyboard.press('?') },
]

/** Resolves when no request but the live channel has been under way for a moment. */
async function quiet(page) {
  for (let calm = 0; calm < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 40))
    calm = page.under?.size === 0 ? calm + 1 : 0
  }
}

async function writeNotice(page) {
  await page.locator('[data-new-notice]').click()
  await page.locator('#notice-zh').fill('三层东侧展厅因设备检修\n暂停开放至十六时')
  await page.locator('#notice-en').fill('The east hall on the third floor is closed until 16:00')
  await page.locator('#notice-severity').selectOption('warning')
}

async function refuse(page) {
  await page.locator('#user').fill('chen')
  await page.locator('#password').fill('wrong')
  await page.keyboard.press('Enter')
  await page.locator('[role=alert]').waitFor()
}

async function giveCareful(page) {
  await page.keyboard.press('p')
  await page.locator('.groups .el-checkbox').first().click()
  await page.locator('[data-careful]').click()
  await page.locator('.plan .btn.t').click()
}

async function enrol(page) {
  await page.getByRole('button', { name: /接入终端|Enrol a device/ }).first().click()
  await page.locator('#enrol-name').fill('东门大厅 07')
  await page.locator('.el-dialog .btn.p').click()
  await page.locator('[data-code]').waitFor()
}

const problems = []
const browser = await openBrowser()
for (const [size, width, height] of SIZES) {
  for (const lang of ['zh-CN', 'en']) {
    for (const wanted of PAGES) {
      if ((only && !only.includes(wanted.name)) || (wanted.phone && size !== 'phone')) continue
      const mock = await startMock({ signedIn: true, ...wanted.state })
      const context = await browser.newContext({ viewport: { width, height }, locale: lang, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
      const page = await context.newPage()
      await page.clock.install({ time: NOW })
      page.under = new Set()
      page.on('request', (request) => request.url().endsWith('/live') || page.under.add(request))
      for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.under.delete(request))
      const name = `${wanted.name}-${size}-${lang}`
      const complain = (what) => problems.push(`${name}: ${what}`)
      page.on('pageerror', (error) => complain(error.message))
      page.on('console', (message) => {
        const text = message.text()
        // The mock cuts the line on purpose; the browser says so.
        if (message.type() === 'error' || /intlify|Content Security|Vue warn/i.test(text)) if (!(wanted.lost && /ERR_|Failed to load/.test(text)) && !/401/.test(text)) complain(text)
      })
      await page.goto(mock.url + wanted.path)
      await page.locator('h1').first().waitFor()
      await quiet(page)
      if (wanted.lost) {
        mock.state.down = true
        mock.cut()
        await page.locator('.bar.lost').waitFor()
      }
      if (wanted.act) await wanted.act(page)
      await page.clock.runFor(600)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (overflow > 0) complain(`${overflow} px wider than the screen`)
      for (const bad of await page.evaluate(findBad)) complain(bad)
      if (out && size === 'phone' && !(await page.locator('.el-overlay:visible').count())) {
        // A phone's picture is of the whole page, not of its first screenful.
        const rest = await page.evaluate(() => { const main = document.querySelector('.main'); return main ? main.scrollHeight - main.clientHeight : 0 })
        if (rest > 0) await page.setViewportSize({ width, height: Math.min(height + rest, 4_000) })
      }
      if (out) await page.screenshot({ path: join(out, `${name}.png`) })
      await context.close()
      await mock.stop()
    }
  }
}
await browser.close()
for (const problem of [...new Set(problems)]) console.error(problem)
console.log(problems.length === 0 ? 'all pages are fine' : `${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

/** Runs in the page: message keys that were not translated, and text that is too faint on its ground (WCAG AA). */
function findBad() {
  const found = []
  const channel = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255)
  const colour = (text) => (text.match(/[\d.]+/g) ?? []).map(Number)
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const c = colour(getComputedStyle(at).backgroundColor)
      if (c.length === 3 || c[3] === 1) return c
    }
    return [255, 255, 255]
  }
  for (const element of document.querySelectorAll('.btn,.pill')) {
    const box = element.getBoundingClientRect()
    // Rows of tabs and wide tables scroll sideways inside of their cards; nothing else may be wider than the screen.
    if (box.width > 0 && (box.right > window.innerWidth + 1 || box.left < -1) && !element.closest('.scroll,.tabs,.tabbar')) found.push(`cut off: ${element.textContent.trim().slice(0, 30)}`)
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    const element = walker.currentNode.parentElement
    if (text === '' || !element || element.closest('script,style,noscript,svg,.only,[aria-hidden=true]')) continue
    const box = element.getBoundingClientRect()
    if (box.width === 0 || box.height === 0) continue
    if (/^[a-z_]+(\.[a-z_]+)+$/.test(text) && !element.closest('.mono,.code,.cm-editor,.tree,.loc')) found.push(`untranslated ${text}`)
    if (/\{[a-z_]+\}/.test(text) && !element.closest('.code,.cm-editor')) found.push(`unfilled ${text}`)
    const style = getComputedStyle(element)
    if (element.closest('[disabled],.is-disabled,.dim,.ghost') || style.visibility === 'hidden') continue
    const a = luminance(colour(style.color))
    const b = luminance(ground(element))
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(1)} of “${text.slice(0, 20)}”`)
  }
  return found
}
