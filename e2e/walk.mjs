// Walks through two nodes as their admins would, without JavaScript: one on a
// phone, in English and light, the other at a desk, in Spanish and dark. Then
// axe audits every page of both, at both widths and in both themes.
//
// Reads from standard input {"nodes":[{url,organization,handle,me,signIn,heldOn},…]}
// (cmd/browser says what they mean; the order is phone, desk),
// writes one finding a line, {check,where,words}, and ends with {check:"done",words}.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { desk, launch, phone } from './browser.mjs'
import { proven } from './checks.mjs'
import { Walker, report } from './walker.mjs'

// Walk is one admin at one node.
class Walk extends Walker {
  // The first Tab reaches the link that skips the menu.
  async skip() {
    const { page } = this
    await page.goto(this.node.url)
    await page.keyboard.press('Tab')
    const skip = page.locator('a.skip')
    if (!await skip.evaluate(e => e === document.activeElement)) return this.report('keyboard', '/', 'the first Tab does not reach the skip link')
    if (!await skip.evaluate(e => e.getBoundingClientRect().width > 10)) this.report('keyboard', '/', 'the skip link stays hidden when it is reached')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    if (!await page.evaluate(() => document.querySelector('main').contains(document.activeElement))) this.report('keyboard', '/', 'the skip link does not lead to the content')
  }

  async profile() {
    const { page } = this
    await this.open('/people')
    await page.locator('a.me').click()
    await this.at('person')
    await this.open(`/people/${this.node.me}/edit`, 'person edit')
    const tags = page.locator('select[name^="tag."]')
    for (const [tag, stance, level] of [['facilitation', 'offer', '3'], ['mapping', 'learning', '1']]) {
      const row = (await tags.getAttribute('name')).slice(4)
      await tags.selectOption(tag)
      await page.locator(`[name="stance.${row}"]`).selectOption(stance)
      await page.locator(`[name="level.${row}"]`).selectOption(level)
      await page.locator('button[name=do][value=add]').click()
      await page.locator(`input[name="tag.${row}"][value=${tag}]`).waitFor({ state: 'attached' })
    }
    await page.locator('[name=role-en]').fill('Keeps the keys')
    await page.locator('[name=role-es]').fill('Guarda las llaves')
    await page.locator('[name=name]').press('Enter') // must save, not add a row
    if (this.path() !== `/people/${this.node.me}`) this.report('keyboard', 'person edit', `Enter in a field leads to ${page.url()}`)
    assert.equal(await page.locator('ul.skills > li').count(), 2)
  }

  // Looks somebody up by handle and follows them, for everyone here.
  async follow(handle) {
    const { page } = this
    await this.open('/following')
    await page.locator('#f-who').fill(handle)
    await page.locator('#f-who').press('Enter')
    await page.locator('form[action="/following"] input[value=organization]').waitFor({ state: 'attached' })
    await this.at('following found', false)
    await page.locator('form[action="/following"]', { has: page.locator('input[value=organization]') }).locator('button').click()
    await page.locator('main .note.good[role=status]').waitFor()
    await this.at('remote')
  }

  // Nobody hears of what was said before they followed.
  followed = by => this.until('/followers', `main :text("${by}")`)

  async write(text) {
    const { page } = this
    await page.goto(this.node.url)
    await page.locator('header a[href="/posts/new"]').click()
    await this.at('post new')
    await page.locator('[name=text]').fill(text)
    await page.locator('[name=as][value=organization]').check()
    assert.equal(await page.locator('.when-public').isVisible(), false, 'the warning waits until everyone is chosen')
    await page.locator('[name=audience][value=public]').check()
    await page.locator('.when-public').waitFor()
    await page.locator('main form button.main').click()
    await page.locator('main .note.good[role=status]').waitFor()
    assert.ok((await page.locator('article').textContent()).includes(text))
    await this.at('post')
    for (const what of ['edit', 'delete']) await this.open(`${this.pages.get('post')}/${what}`, `post ${what}`)
  }

  // The other node's words, with who said them and where they are from.
  async see(other, text) {
    const item = await this.until('/', `main li:has-text("${text}")`)
    assert.ok((await item.locator('.from').textContent()).includes(new URL(other.url).host), 'Home says where a post is from')
    assert.ok((await item.locator('.by').textContent()).includes(other.organization))
    assert.equal(await item.locator('.aud.all').count(), 1)
    await item.locator('.line-links a').click()
    await this.at('remote post')
    assert.equal(await this.page.locator(`article .acts a[href^="${other.url}/posts/"]`).count(), 1, 'a post leads to where it is from')
  }

  async gather() {
    const { page } = this
    await this.open('/gatherings')
    await this.open('/gatherings/new')
    const day = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10)
    for (const [name, value] of [['name', 'Tool swap'], ['start', `${day}T18:00`], ['end', `${day}T19:15`], ['zone', 'America/Mexico_City'], ['place', 'The kitchen']]) {
      await page.locator(`[name=${name}]`).fill(value)
    }
    await page.locator('main form button.main').click()
    await page.locator('main .note.good[role=status]').waitFor()
    await this.at('gathering')
    for (const what of ['edit', 'cancel']) await this.open(`${this.pages.get('gathering')}/${what}`, `gathering ${what}`)
    await page.goto(this.node.url + this.pages.get('gathering'))
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$=".ics"]').click()])
    const calendar = fs.readFileSync(await file.path(), 'utf8')
    assert.ok(calendar.startsWith('BEGIN:VCALENDAR') && /^SUMMARY\b.*:Tool swap/m.test(calendar), calendar)
    await page.locator('#answer [name=text]').fill('I bring the keys.')
    await page.locator('#answer button').click()
    await page.locator('main .note.good[role=status]').waitFor()
    assert.ok((await page.locator('ol.string').first().textContent()).includes('I bring the keys.'))
  }

  // A reply from a server that is new here waits until an admin shows it.
  async review() {
    const { page } = this
    const shown = () => page.locator('main :text("A voice from elsewhere")').count()
    await page.goto(this.node.heldOn)
    assert.equal(await shown(), 0, 'what is held is not shown')
    await page.goto(this.node.url)
    await page.locator('main a[href="/admin/held"]').click()
    await this.at('held')
    await this.auditHere()
    await page.locator('form[action$="/accept"] button').click()
    await page.locator('main .note.good[role=status]').waitFor()
    await page.goto(this.node.heldOn)
    assert.equal(await shown(), 1, 'what was accepted is shown')
  }

  async wrong() {
    const { page } = this
    assert.equal((await this.open('/nowhere')).status(), 404)
    await page.goto(`${this.node.url}/posts/new`)
    await page.locator('main form button.main').click()
    await page.locator('.note.bad[role=alert] a').waitFor()
    await this.at('post wrong', false)
    await page.goto(`${this.node.url}/following`)
    await page.locator('#f-who').fill('not a handle')
    await page.locator('#f-who').press('Enter')
    await page.locator('[aria-invalid=true]').waitFor()
    assert.equal(await page.locator('#f-who').inputValue(), 'not a handle', 'what was typed stays')
    await this.at('following wrong', false)
  }

  // rest is pages that the walk does not pass.
  async rest() {
    for (const path of ['/people/new', `/people/${this.node.me}/link`, '/followers', `/organizations/${this.node.handle}`, `/organizations/${this.node.handle}/edit`]) await this.open(path)
  }

  async leave() {
    await this.page.goto(this.node.url)
    await this.page.locator('form[action="/sign-out"] button').click()
    await this.at('visitor')
    assert.equal(await this.page.locator('a.me').count(), 0)
    assert.equal((await this.page.goto(`${this.node.url}/following`)).status(), 403)
  }

  async auditAll() {
    const page = await this.scripted(true)
    await this.auditPages(page)
    await page.goto(`${this.node.url}/following`)
    await page.locator('#f-who').fill(this.other)
    await page.locator('#f-who').press('Enter')
    await page.locator('form[action="/following/stop"]').waitFor()
    await this.auditOne(page, 'following found')
    await page.goto(`${this.node.url}/gatherings/new`)
    await page.locator('main form button.main').click()
    await page.locator('.note.bad').waitFor()
    await this.auditOne(page, 'gathering wrong')
    await page.context().close()
  }

  async auditVisitor() {
    const page = await this.scripted(false)
    for (const name of ['/', '/sign-in', '/sign-in/gone', '/people', 'post', 'gathering', 'person']) {
      await page.goto(this.node.url + (this.pages.get(name) ?? name))
      await this.auditOne(page, `visitor ${name}`)
    }
    await page.context().close()
  }
}

async function main() {
  const { nodes } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const begun = Date.now()
  const browser = await launch()
  try {
    const full = n => `@${n.handle}@${new URL(n.url).host}`
    const a = new Walk(nodes[0], { lang: 'en', theme: 'light', size: phone, other: full(nodes[1]) })
    const b = new Walk(nodes[1], { lang: 'es', theme: 'dark', size: desk, other: full(nodes[0]) })
    const all = step => Promise.all([a, b].map(step))
    await proven(browser, a.node.url, report)
    await all(w => w.begin(browser))
    await all(w => w.signIn())
    await all(w => w.skip())
    await all(w => w.profile())
    await all(w => w.follow(w.other))
    await all(w => w.followed(w.other))
    await all(w => w.write(`Hello from ${w.node.organization}`))
    await a.see(b.node, `Hello from ${b.node.organization}`)
    await b.see(a.node, `Hello from ${a.node.organization}`)
    await all(w => w.gather())
    await all(w => w.review())
    await all(w => w.wrong())
    await all(w => w.rest())
    const walked = Date.now()
    await all(async w => {
      await w.auditAll()
      await w.leave()
      await w.auditVisitor()
    })
    const seconds = (from, to) => Math.round((to - from) / 1000)
    report('done', '', `walked in ${seconds(begun, walked)} s, audited ${a.audited + b.audited} pages in ${seconds(walked, Date.now())} s`)
  } catch (e) {
    report('walk', '', e.stack)
  } finally {
    await browser.close()
  }
}

await main()
