// The administrator's part of the end-to-end run, in a real browser against a real hub. Each step can be called alone
// (the session is kept in a file), or many in one browser with `steps`, which reads one step a line from standard input.
// Prints one JSON object a line: { at, ms, step, event, … }; ends with 1 when a step failed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { openBrowser } from './browser.mjs'
import { zipFolder } from './zip.mjs'

const HELP = `node e2e/admin.mjs STEP [--option value]…

steps
  set-up      --link URL [--user admin] [--password …]     the one-time link makes the first administrator
  sign-in     [--user admin] [--password …]
  enrol       --name NAME [--site NAME] [--group NAME]     prints the one-time code
  event       --id ID --name NAME [--roster "code,name;…"] makes an event and its roster
  upload      --exhibition FOLDER|ZIP                      prints the exhibition's id and its findings
  publish     [--exhibition ID] [--group NAME]… [--note TEXT]   builds a release and gives it to groups (default: as offered)
  edit        --path DOCUMENT --find TEXT --replace TEXT [--exhibition ID]
  confirmed   [--release ID] [--within SECONDS]            waits until every screen of the release has confirmed it
  token       --name NAME                                  makes a token for an integrator and prints it
  picture     --device ID|NAME                             asks for a picture of the glass
  watch       --event ID [--count N] [--within SECONDS]    waits until so many have checked in
  show        --page PATH [--name NAME]                    goes to a page and takes a screenshot
  all         set-up, enrol (skipped with --no-enrol), upload, publish, edit, publish, confirmed
  steps       reads steps from standard input, one a line, options as above; ends at the end of input

options for every step (or the environment)
  --hub URL        PINGFENG_HUB       https://localhost:8443
  --password TEXT  PINGFENG_PASSWORD
  --link URL       PINGFENG_SETUP_LINK
  --state FILE     PINGFENG_STATE     where the session is kept between calls
  --shots FOLDER   PINGFENG_SHOTS     numbered screenshots
  --lang zh-CN|en
`

/** Longest wait for anything on a page. */
const PATIENCE_MS = 60_000
const started = Date.now()

function say(step, event, more = {}) {
  console.log(JSON.stringify({ at: new Date().toISOString(), ms: Date.now() - started, step, event, ...more }))
}

function readOptions(words) {
  const options = {}
  for (let index = 0; index < words.length; index += 1) {
    const name = words[index].replace(/^--/, '')
    if (name.startsWith('no-')) options[name.slice(3)] = false
    else {
      const value = words[(index += 1)]
      if (!words[index - 1].startsWith('--') || value === undefined) throw new Error(`not understood: ${words[index - 1]}`)
      options[name] = name in options ? [options[name]].flat().concat(value) : value
    }
  }
  return options
}

class Admin {
  constructor(options) {
    this.options = {
      hub: process.env.PINGFENG_HUB ?? 'https://localhost:8443', state: process.env.PINGFENG_STATE, shots: process.env.PINGFENG_SHOTS, link: process.env.PINGFENG_SETUP_LINK,
      user: 'admin', password: process.env.PINGFENG_PASSWORD, lang: 'zh-CN', ...options,
    }
    this.known = {}
    this.shot = 0
    if (this.options.state && existsSync(this.options.state)) {
      const kept = JSON.parse(readFileSync(this.options.state, 'utf8'))
      Object.assign(this.known, kept.known)
      this.shot = kept.shot
      this.kept = kept.browser
    }
  }

  async open() {
    if (this.options.shots) mkdirSync(this.options.shots, { recursive: true })
    this.browser = await openBrowser()
    // The hub's certificate is from its own authority, which this browser does not know.
    this.context = await this.browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, locale: this.options.lang, storageState: this.kept })
    this.context.setDefaultTimeout(PATIENCE_MS)
    this.page = await this.context.newPage()
    this.page.on('pageerror', (error) => {
      say('page', 'error', { message: error.message })
      this.broken = true
    })
  }

  async close() {
    if (this.options.state) {
      mkdirSync(dirname(this.options.state), { recursive: true })
      writeFileSync(this.options.state, JSON.stringify({ known: this.known, shot: this.shot, browser: await this.context.storageState() }), { mode: 0o600 })
    }
    await this.browser.close()
  }

  async run(step, options) {
    this.step = step
    const action = this[STEPS[step]]
    if (!action) throw new Error(`there is no step ${step}`)
    say(step, 'start')
    const result = await action.call(this, { ...this.options, ...options })
    say(step, 'done', result)
  }

  async go(path) {
    const url = new URL(path, this.options.hub).href
    if (this.page.url() !== url) await this.page.goto(url)
    await this.page.locator('.main h1').first().waitFor()
  }

  async picture(name) {
    if (!this.options.shots) return undefined
    this.shot += 1
    const file = join(this.options.shots, `admin-${String(this.shot).padStart(2, '0')}-${name}.png`)
    // The corner line of a success covers nothing of interest after its four seconds; a screenshot need not wait.
    await this.page.screenshot({ path: file })
    return file
  }

  secret(options) {
    if (!options.password) throw new Error('--password or PINGFENG_PASSWORD is needed')
    return options.password
  }

  async setUp(options) {
    if (!options.link) throw new Error('--link or PINGFENG_SETUP_LINK is needed')
    const link = new URL(options.link)
    this.options.hub = link.origin
    await this.page.goto(link.href)
    await this.page.locator('#user').fill(options.user)
    await this.page.locator('#password').fill(this.secret(options))
    await this.page.locator('#again').fill(this.secret(options))
    await this.picture('set-up')
    await this.page.locator('button[type=submit]').click()
    await this.page.locator('.app').waitFor()
    return { user: options.user, shot: await this.picture('overview') }
  }

  async signIn(options) {
    await this.page.goto(new URL('/sign-in', options.hub).href)
    await this.page.locator('#user').fill(options.user)
    await this.page.locator('#password').fill(this.secret(options))
    await this.picture('sign-in')
    await this.page.locator('button[type=submit]').click()
    await this.page.locator('.app').waitFor()
    return { shot: await this.picture('overview') }
  }

  async enrol(options) {
    await this.go('/devices?enrol=1')
    await this.page.locator('#enrol-name').fill(options.name ?? '大厅 01')
    for (const which of ['site', 'group']) {
      if (options[which]) await this.page.locator(`#enrol-${which}`).fill(options[which])
    }
    const answer = this.page.waitForResponse((response) => response.url().endsWith('/enrol-codes') && response.request().method() === 'POST')
    await this.page.locator('.el-dialog .btn.p').click()
    const { code, expires_at_ms } = await (await answer).json()
    await this.page.locator('[data-code]').waitFor()
    return { code, expires_at_ms, shot: await this.picture('enrol') }
  }

  async event(options) {
    await this.go('/check-ins')
    await this.page.locator('.head .btn').last().click()
    await this.page.locator('#event-name').fill(options.name ?? options.id)
    await this.page.locator('#event-id').fill(options.id)
    await this.page.locator('.el-dialog:visible .btn.p').click()
    await this.page.waitForURL(`**/check-ins/${options.id}`)
    if (options.roster) {
      await this.page.locator('.head .btn').nth(1).click()
      await this.page.locator('.el-dialog:visible textarea').fill(options.roster.split(';').join('\n'))
      await this.page.locator('.el-dialog:visible .btn.p').click()
      await this.page.locator('.el-dialog:visible').waitFor({ state: 'detached' }).catch(() => undefined)
      await this.page.locator('.ros li').first().waitFor()
    }
    return { event_id: options.id, shot: await this.picture('event') }
  }

  async upload(options) {
    const source = [options.exhibition].flat()[0]
    if (!source || !existsSync(source)) throw new Error(`there is no exhibition at ${source}`)
    await this.go('/exhibitions')
    const folder = mkdtempSync(join(tmpdir(), 'pingfeng-'))
    try {
      let zip = source
      if (statSync(source).isDirectory()) {
        zip = join(folder, 'exhibition.zip')
        say(this.step, 'packed', { files: zipFolder(source, zip), size_bytes: statSync(zip).size })
      }
      await this.page.locator('input[type=file]').setInputFiles(zip)
      await this.page.waitForURL('**/exhibitions/*', { timeout: 15 * PATIENCE_MS })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    this.known.exhibition = this.page.url().split('/').pop()
    await this.page.locator('.pill.ok, .pill.cin').first().waitFor()
    const findings = await this.page.locator('.list .f').count()
    return { exhibition: this.known.exhibition, findings, errors: await this.page.locator('.list .f .cin').count(), shot: await this.picture('uploaded') }
  }

  async publish(options) {
    const exhibition = this.exhibition(options)
    if (!this.page.url().includes(`/exhibitions/${exhibition}`)) await this.go(`/exhibitions/${exhibition}`)
    const open = this.page.locator('[data-publish-open]:not([aria-disabled=true])')
    await open.click()
    const dialog = this.page.locator('.el-dialog:visible')
    await dialog.locator('.groups').waitFor({ state: 'attached' })
    if (options.note) await dialog.locator('#publish-note').fill(options.note)
    for (const group of [options.group ?? []].flat()) {
      const box = dialog.locator('.groups li', { hasText: group }).locator('input[type=checkbox]')
      // The real box lies outside the page; its styled label is what a person presses.
      await box.waitFor({ state: 'attached' })
      if (!(await box.isChecked())) await box.evaluate((element) => element.click())
      if (!(await box.isChecked())) throw new Error(`the group ${group} could not be chosen`)
    }
    await this.picture('publish')
    say(this.step, 'pressed', { pressed_at_ms: Date.now() })
    await dialog.locator('[data-publish]').click()
    const failed = dialog.locator('.job.cin, .note.cin')
    await Promise.race([this.page.waitForURL('**/releases/*', { timeout: 15 * PATIENCE_MS }), failed.waitFor({ timeout: 15 * PATIENCE_MS }).then(async () => { throw new Error(`not published: ${await failed.first().innerText()}`) })])
    this.known.release = this.page.url().split('/').pop()
    await this.page.locator('.main h1').waitFor()
    return { release: this.known.release, version: (await this.page.locator('.main h1').innerText()).trim(), given_at_ms: Date.now(), shot: await this.picture('release') }
  }

  async edit(options) {
    const exhibition = this.exhibition(options)
    if (!options.path || options.find === undefined || options.replace === undefined) throw new Error('--path, --find and --replace are needed')
    await this.go(`/exhibitions/${exhibition}/edit/${options.path}`)
    const editor = this.page.locator('.cm-content')
    await editor.waitFor()
    // Through the editor's own search, as a person would; it also works in text that is scrolled away.
    await editor.click()
    await this.page.keyboard.press('Control+f')
    await this.page.locator('.cm-search input[name=search]').fill(options.find)
    await this.page.locator('.cm-search input[name=replace]').fill(options.replace)
    await this.page.locator('.cm-search button[name=replaceAll]').click()
    await this.page.keyboard.press('Escape')
    await this.page.locator('[data-state=dirty]').waitFor().catch(() => { throw new Error(`${options.path} does not contain ${options.find}`) })
    await this.picture('edited')
    await this.page.locator('[data-save]').click()
    await this.page.locator('[data-state=saved]').waitFor()
    return { path: options.path, saved_at_ms: Date.now(), findings: await this.page.locator('.list .f').count(), shot: await this.picture('saved') }
  }

  async confirmed(options) {
    const release = options.release ?? this.known.release
    await this.go(`/releases/${release}`)
    await this.page.locator('[data-state=confirmed]').waitFor({ timeout: Number(options.within ?? 120) * 1_000 })
    return { release, confirmed_at_ms: Date.now(), shot: await this.picture('confirmed') }
  }

  async takePicture(options) {
    await this.go('/devices')
    await this.page.locator('.rw', { hasText: options.device }).locator('a.nm').click()
    const image = this.page.locator('.glass.large img')
    const before = (await image.count()) ? await image.getAttribute('src') : null
    await this.page.keyboard.press('s')
    await this.page.waitForFunction((old) => { const now = document.querySelector('.glass.large img')?.getAttribute('src'); return now && now !== old }, before, { timeout: 20_000 })
    await this.page.waitForFunction(() => { const now = document.querySelector('.glass.large img'); return now instanceof HTMLImageElement && now.complete && now.naturalWidth > 0 })
    return { device: options.device, shot: await this.picture('device') }
  }

  async token(options) {
    await this.go('/settings')
    await this.page.getByRole('button', { name: /新钥匙|New key/ }).first().click()
    await this.page.locator('#token-name').fill(options.name ?? 'integrator')
    await this.page.locator('.el-dialog:visible .btn.p').click()
    const secret = this.page.locator('.el-dialog:visible pre.secret')
    await secret.waitFor()
    // No screenshot: the secret is shown once, and pictures are kept.
    const token = (await secret.innerText()).trim()
    await this.page.keyboard.press('Escape')
    return { token }
  }

  async watch(options) {
    await this.go(`/check-ins/${options.event}`)
    const wanted = Number(options.count ?? 1)
    await this.page.waitForFunction((n) => Number.parseInt(document.querySelector('[data-count]')?.textContent ?? '0', 10) >= n, wanted, { timeout: Number(options.within ?? 60) * 1_000 })
    return { event_id: options.event, count: Number.parseInt(await this.page.locator('[data-count]').innerText(), 10), shot: await this.picture('check-ins') }
  }

  async show(options) {
    await this.go(options.page ?? '/')
    await this.page.waitForTimeout(400)
    return { page: options.page, shot: await this.picture(options.name ?? 'page') }
  }

  async all(options) {
    const run = async (step, more = {}) => this.run(step, { ...options, ...more })
    await run('set-up')
    if (options.enrol !== false) await run('enrol')
    await run('upload')
    await run('publish', { exhibition: undefined, note: '第一版' })
    await run('edit', { exhibition: undefined, path: options.path ?? 'scenes/home.yaml', find: options.find ?? '从哪一章看起？', replace: options.replace ?? '今天从哪一章看起？' })
    await run('publish', { exhibition: undefined, note: '改首页的问句' })
    if (options.wait !== false) await run('confirmed')
    this.step = 'all'
    return {}
  }

  exhibition(options) {
    const wanted = options.exhibition && !existsSync(String(options.exhibition)) ? options.exhibition : this.known.exhibition
    if (!wanted) throw new Error('--exhibition is needed: nothing was uploaded in this session')
    return wanted
  }
}

const STEPS = { 'set-up': 'setUp', 'sign-in': 'signIn', enrol: 'enrol', event: 'event', upload: 'upload', publish: 'publish', edit: 'edit', confirmed: 'confirmed', token: 'token', picture: 'takePicture', watch: 'watch', show: 'show', all: 'all' }

/** Splits a line as a shell would, without anything else of a shell. */
const words = (line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((found) => (found[1] !== undefined ? found[1].replace(/\\(.)/g, '$1') : found[2]))

const [first, ...rest] = process.argv.slice(2)
if (!first || first === '--help' || first === 'help') {
  console.log(HELP)
} else {
  const admin = new Admin(readOptions(rest))
  await admin.open()
  try {
    if (first === 'steps') {
      say('steps', 'ready')
      for await (const line of createInterface({ input: process.stdin })) {
        const [step, ...more] = words(line)
        if (step) await admin.run(step, readOptions(more))
      }
    } else await admin.run(first, {})
    if (admin.broken) process.exitCode = 1
  } catch (error) {
    say(admin.step ?? first, 'failed', { message: String(error?.message ?? error).split('\n')[0], shot: await admin.picture('failed').catch(() => undefined) })
    process.exitCode = 1
  } finally {
    await admin.close().catch(() => undefined)
  }
}
