// One admin at one node, without JavaScript. Selectors of walks are of forms and
// addresses, not of words, so that the same walk works in every language.
import assert from 'node:assert/strict'
import path from 'node:path'
import { audit, headed, narrow, watch } from './checks.mjs'
import { desk, phone } from './browser.mjs'

// report writes one finding for cmd/browser.
export const report = (check, where, words) => console.log(JSON.stringify({ check, where, words }))

const patience = 30_000

// Walker signs in, opens pages, remembers them by name and lets axe audit them.
export class Walker {
  constructor(node, look) {
    Object.assign(this, { node, ...look, pages: new Map() })
  }

  async begin(browser) {
    this.context = await browser.newContext({ javaScriptEnabled: false, viewport: this.size, colorScheme: 'light', reducedMotion: 'reduce' })
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(patience)
    watch(this.page, this.node.url, this.report)
  }

  report = (check, where, words) => report(check, `${this.node.handle} ${where}`, words)

  path = () => new URL(this.page.url()).pathname

  // at checks the page that is shown and remembers its address for the audit.
  async at(name, remember = true) {
    await headed(this.page, name, this.lang, this.report)
    if (remember) this.pages.set(name, this.path())
    if (this.pictures) await this.picture(name)
  }

  // picture writes what is shown at both widths to the folder for pictures.
  async picture(name, page = this.page) {
    for (const size of [phone, desk]) {
      await page.setViewportSize(size)
      const file = `${this.lang}-${this.node.me}-${name.replaceAll(/[^a-z0-9]+/g, '-')}-${size.width}.png`
      await page.screenshot({ path: path.join(this.pictures, file), fullPage: true })
    }
    await page.setViewportSize(this.size)
  }

  async open(path, name = path) {
    const answer = await this.page.goto(this.node.url + path)
    await this.at(name)
    return answer
  }

  // until opens a page again and again until something from outside has arrived on it.
  async until(path, selector) {
    const end = Date.now() + patience
    for (;;) {
      await this.page.goto(this.node.url + path)
      if (await this.page.locator(selector).count() > 0) return this.page.locator(selector).first()
      assert.ok(Date.now() < end, `${selector} does not come on ${path}`)
    }
  }

  // A link is used up by its button only: scanners of mail open links too.
  async signIn() {
    const { page } = this
    for (let i = 0; i < 2; i++) await page.goto(this.node.signIn)
    await page.locator('main form button').click()
    await page.waitForURL(`${this.node.url}/`)
    await page.goto(`${this.node.url}/?lang=${this.lang}`)
    assert.equal(this.path(), '/', 'the language leaves the address')
    await this.at('/')
    await page.locator(`footer button[value=${this.theme}]`).click()
    assert.equal(await page.locator('html').getAttribute('data-theme'), this.theme)
    assert.ok((await page.goto(this.node.signIn)).status() === 404, 'a sign-in link works once')
  }

  // scripted opens a page that has JavaScript, as axe needs it, signed in as in the walk.
  async scripted(signedIn) {
    const storageState = signedIn ? await this.context.storageState() : undefined
    const context = await this.context.browser().newContext({ storageState, viewport: phone, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(patience)
    watch(page, this.node.url, this.report)
    await page.goto(`${this.node.url}/?lang=${this.lang}`)
    if (signedIn) { // else the theme that was chosen hides the other one from axe
      await page.locator('footer button[value=system]').click()
    }
    return page
  }

  async auditOne(page, name) {
    await headed(page, name, this.lang, this.report)
    await audit(page, name, this.report)
    await narrow(page, name, this.report)
    this.audited = (this.audited ?? 0) + 1
  }

  // auditHere is for what the walk is about to change.
  async auditHere() {
    const page = await this.scripted(true)
    await page.goto(this.page.url())
    await this.auditOne(page, this.path())
    await page.context().close()
  }

  // auditPages is for every page that was remembered.
  async auditPages(page) {
    for (const [name, path] of this.pages) {
      await page.goto(this.node.url + path)
      await this.auditOne(page, name)
    }
  }
}
