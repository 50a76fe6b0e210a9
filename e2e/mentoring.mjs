// Walks journey 3 over three nodes of one network (product.md 5.2), without
// JavaScript: somebody opens their profile field by field, looks at it as others
// see it, shows themself to the networks and offers to mentor two at a time. Three
// people of other nodes find them by a synonym and ask. The third waits, and is not
// accepted before one of the two is done. Around it: messages by relay, a post
// for the network. Then axe audits the pages of the mentor and of the first learner.
//
// Reads {"lang","people":[…]}: the mentor, then three learners, as walk.mjs does
// the nodes, with name. A folder as argument gets a picture of every page that is passed.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { desk, launch, phone } from './browser.mjs'
import { Walker, report } from './walker.mjs'

const pictures = process.argv[2]

// What the walk says and looks for, by language. The skills are told by a word
// that is none of their names.
const words = {
  en: {
    topic: 'data-cleaning', synonym: 'deduplication', place: 'Mill Town', note: 'Bring your messiest list.', need: 'Our list has everybody three times.',
    hello: 'Shall we talk on Thursday?', answer: 'Thursday it is.', stranger: 'I liked your card.', post: 'Spare laptops: who needs two?',
  },
  es: {
    topic: 'texting', synonym: 'mensajes masivos', place: 'San Roque', note: 'Traigan su guion.', need: 'Queremos avisar a 300 personas.',
    hello: '¿Hablamos el jueves?', answer: 'El jueves está bien.', stranger: 'Me gustó tu ficha.', post: '¿A quién le sirven dos computadoras?',
  },
}

// Member is somebody of a network: as mentor or as learner.
class Member extends Walker {
  done = () => this.page.locator('main .note.good[role=status]').waitFor()

  own = () => `/people/${this.node.me}`

  async submit() {
    await this.page.locator('main form button.main').click()
  }

  // Who sees what: narrower, wider and one skill to give.
  async profile() {
    const { page, says } = this
    await page.goto(this.node.url)
    await page.locator('a.me').click()
    await this.at('own')
    await page.locator(`main a[href="${this.own()}/edit"]`).click()
    await this.at('profile')
    const narrow = page.locator('[name="audience.pronouns"]')
    await narrow.selectOption(await narrow.locator('option[value^="person:"]').getAttribute('value'))
    await page.locator('[name=pronouns]').fill('ella')
    const home = page.locator('[name="audience.place"]')
    await home.selectOption(await home.locator('option[value^="organization:"]').getAttribute('value'))
    await page.locator('[name=place]').fill(says.place)
    const row = (await page.locator('select[name^="tag."]').getAttribute('name')).slice(4)
    await page.locator(`[name="tag.${row}"]`).selectOption(says.topic)
    await page.locator(`[name="stance.${row}"]`).selectOption('offer')
    await page.locator(`[name="level.${row}"]`).selectOption('3')
    await page.locator('button[name=do][value=add]').click()
    await page.locator('input[name^="mentor."]').first().check()
    await this.at('profile skill', false)
    await page.locator('button[name=do][value=save]:visible').last().click()
    await this.done()
    await this.at('own saved', false)
  }

  // The own page through other people's eyes: the nearer, the more.
  async seen() {
    const { page, says } = this
    await page.goto(this.node.url + this.own())
    await page.locator(`main a[href="${this.own()}/see"]`).click()
    await this.at('see')
    for (const [as, place] of [['node', 1], ['member', 0], ['follower', 0], ['visitor', 0]]) {
      await page.locator(`nav.tabs a[href$="as=${as}"]`).click()
      await this.at(`see ${as}`, false)
      assert.equal(await page.locator(`.framed :text-is("${says.place}")`).count(), place, `${as} and the place`)
      assert.equal(await page.locator('.framed :text("ella")').count(), 0, `${as} sees what is for nobody`)
    }
  }

  async consent() {
    const { page } = this
    await page.goto(this.node.url + '/mentoring')
    await this.at('mentoring hidden', false)
    await page.locator('main .note.care a.act').click()
    await page.locator('#in-networks button').click()
    await this.done()
    await this.at('own shown', false)
    await page.locator(`main a[href="${this.own()}/cards"]`).click()
    await this.at('cards')
    await this.until(`${this.own()}/cards`, 'progress[value="2"][max="2"]')
    await this.at('cards confirmed', false)
  }

  // Two at a time, in two languages, one call.
  async offer() {
    const { page, says } = this
    await page.goto(this.node.url + '/mentoring')
    await this.at('mentoring')
    await page.locator('main a[href="/mentoring/offers/new"]').click()
    await page.waitForURL('**/mentoring/offers/new') // all of it: the list of skills is long
    assert.equal(await page.locator('[name=topics]').inputValue(), says.topic, 'what the profile says is filled in')
    await this.at('offer new')
    for (const lang of ['en', 'es']) await page.locator(`[name=languages][value=${lang}]`).check()
    await page.locator('[name=format][value=call]').check()
    await page.locator('[name=note]').fill(says.note)
    await page.locator('[name=capacity]').fill('0')
    await this.submit()
    await page.locator('#f-capacity[aria-invalid=true]').waitFor()
    assert.equal(await page.locator('[name=note]').inputValue(), says.note, 'what was typed stays')
    await this.at('offer wrong', false)
    await page.locator('[name=capacity]').fill('2')
    await this.submit()
    await this.done()
    await this.at('offer')
    for (const part of ['edit', 'withdraw']) await this.open(`${this.path()}/${part}`, `offer ${part}`)
  }

  // search finds by what the reader calls it, from the head of any page, and leads to the card.
  async search(who) {
    const { page, says } = this
    await this.until('/search', `main .card a:text-is("${who.name}")`)
    await this.at('search')
    await page.goto(this.node.url)
    if (this.size === phone) {
      await page.locator('header a[href="/search"]').click()
      await page.locator('main [name=q]').fill(says.synonym)
      await page.locator('main [name=q]').press('Enter')
    } else {
      await page.locator('header [name=q]').fill(says.synonym)
      await page.locator('header [name=q]').press('Enter')
    }
    await this.at('search found', false)
    assert.equal(await page.locator('main li.card').count(), 1, `${says.synonym} finds one`)
    await page.locator(`main .card h3 a:text-is("${who.name}")`).click()
    await this.at('card')
    const main = await page.locator('main').textContent()
    assert.ok(main.includes(new URL(who.url).host), 'a card says which node it is from')
    assert.ok(!main.includes(says.place) && !main.includes(`${who.me}@`), 'a card shows what was chosen')
    await this.until(this.path(), 'main a[href^="/mentoring/offers/"]') // what the person offers
  }

  // write begins a thread with somebody whose card is open.
  async write(text) {
    const { page } = this
    await page.locator('main a.act.main[href^="/messages/new"]').click()
    await this.at('message new', false)
    await this.submit()
    await page.locator('[name=text][aria-invalid=true]').waitFor()
    await this.at('message wrong', false)
    await page.locator('main [name=text]').fill(text)
    await this.submit()
    await this.done()
    await this.at('thread')
  }

  async reads(text) {
    const { page } = this
    await this.until('/messages', `main li:has-text("${text}") .flag`)
    await this.at('messages')
    await page.locator(`main li:has-text("${text}") a`).first().click()
    assert.equal(await page.locator(`ol.string :text("${text}")`).count(), 1)
    await this.at('thread')
  }

  async ask(mentor) {
    const { page, says } = this
    await this.until('/mentoring/offers', `main .card:has-text("${mentor.name}")`)
    await this.at('offers')
    await page.locator('main form[role=search] [name=topic]').selectOption(says.topic)
    await page.locator('main form[role=search] button').click()
    assert.equal(await page.locator('main li.card').count(), 1, 'one offer of this topic')
    await this.at('offers topic', false)
    await page.locator('main li.card a.act').click()
    await this.at('ask')
    await this.submit()
    await page.locator('#f-need[aria-invalid=true]').waitFor()
    await this.at('ask wrong', false)
    await page.locator('[name=need]').fill(`${says.need} ${this.node.name}`)
    await this.submit()
    await this.done()
    await this.at('asked')
  }

  // requestOf opens somebody's request.
  async requestOf(who, where = 'section') {
    const row = await this.until('/mentoring', `main ${where} li:has-text("${who.name}")`)
    await this.at('mentoring asked', false)
    await row.locator('a[href^="/mentoring/requests/"]').click()
    assert.ok((await this.page.locator('main').textContent()).includes(who.name))
  }

  async accept(who, name) {
    await this.requestOf(who)
    await this.at(`${name} request`)
    await this.page.locator('form[action$="/accept"] button').click()
    await this.done()
    await this.at(name, false)
  }

  // The thread that an accepted request opens.
  async talk(text) {
    const { page } = this
    await page.locator('main a.act.main[href^="/messages/"]').click()
    await this.at('thread of request')
    await page.locator('main [name=text]').fill(text)
    await this.submit()
    await this.done()
    assert.ok((await page.locator('ol.string').textContent()).includes(text))
  }

  // accepted waits until the mentor's yes has arrived here.
  async accepted() {
    await this.until(this.pages.get('asked'), 'main a.act.main[href^="/messages/"]')
    await this.at('asked accepted', false)
    await this.page.goto(this.node.url)
    assert.ok(await this.page.locator('main a[href^="/mentoring/requests/"]').count() > 0, 'the first page tells of it')
    await this.at('home told', false)
    await this.page.goto(this.node.url + this.pages.get('asked'))
  }

  // waits sees the place in the list, and no way to write.
  async waits() {
    await this.until(this.pages.get('asked'), 'main .flag.off')
    assert.equal(await this.page.locator('main a.act.main[href^="/messages/"]').count(), 0, 'who waits was not accepted')
    await this.at('asked waiting', false)
  }

  // The third cannot be accepted while two are here; the page says what to do.
  async full(third) {
    const { page } = this
    await this.requestOf(third)
    await this.at('third')
    await page.locator('main .note a[href^="/mentoring/offers/"]').waitFor()
    for (const none of ['form[action$="/accept"]', 'main a.act.main[href^="/messages/"]']) assert.equal(await page.locator(none).count(), 0, none)
  }

  async close(first) {
    await this.requestOf(first)
    await this.page.locator('form[action$="/close"] button').click()
    await this.done()
    await this.at('closed')
  }

  // A post for the network: its people read it, and nobody else learns of it.
  async post() {
    const { page, says } = this
    await page.goto(`${this.node.url}/posts/new`)
    await page.locator('[name=text]').fill(says.post)
    await page.locator('[name=audience][value^=network]').first().check()
    await this.at('post new')
    await this.submit()
    await this.done()
    await this.at('post')
    const visitor = await this.scripted(false)
    assert.equal((await visitor.goto(page.url())).status(), 404)
    await this.auditOne(visitor, 'visitor post')
    for (const path of ['/', this.own(), '/feed.atom', '/mentoring', '/search', this.pages.get('offer')]) {
      await visitor.request.get(this.node.url + path).then(async r => assert.ok(!(await r.text()).includes(says.post), `a visitor reads the post on ${path}`))
    }
    if (pictures) {
      await visitor.goto(`${this.node.url}/`)
      await this.picture('visitor', visitor)
    }
    await visitor.context().close()
  }

  async sees(other) {
    const item = await this.until('/', `main li:has-text("${this.says.post}")`)
    assert.equal(await item.locator('.aud.net').count(), 1)
    assert.ok((await item.textContent()).includes(other.name))
    await this.at('home')
    await item.locator('.line-links a').click()
    await this.at('network post')
  }
}

async function main() {
  const { lang, people } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const begun = Date.now()
  const browser = await launch()
  try {
    const [here, there] = lang === 'en' ? [phone, desk] : [desk, phone]
    const theme = lang === 'en' ? 'light' : 'dark'
    const [mentor, first, second, third] = people.map((p, i) => new Member(p, { lang, theme, size: i ? there : here, says: words[lang], pictures: i < 2 ? pictures : '' }))
    const all = step => Promise.all([mentor, first, second, third].map(step))
    await all(w => w.begin(browser))
    await all(w => w.signIn())
    await mentor.profile()
    await mentor.seen()
    await mentor.consent()
    await mentor.offer()
    await first.search(mentor.node)
    await first.write(first.says.stranger)
    await mentor.reads(first.says.stranger)
    for (const learner of [first, second]) await learner.ask(mentor.node)
    await mentor.accept(first.node, 'first')
    await mentor.talk(mentor.says.hello)
    await mentor.accept(second.node, 'second')
    await first.accepted()
    await first.talk(first.says.answer)
    await second.accepted()
    await mentor.reads(first.says.answer)
    await third.ask(mentor.node)
    await mentor.full(third.node)
    await third.waits()
    await mentor.close(first.node)
    await mentor.accept(third.node, 'third in')
    await third.accepted()
    await mentor.post()
    await first.sees(mentor.node)
    const walked = Date.now()
    await Promise.all([mentor, first].map(async w => w.auditPages(await w.scripted(true))))
    const seconds = (from, to) => Math.round((to - from) / 1000)
    report('done', '', `walked in ${seconds(begun, walked)} s, audited ${mentor.audited + first.audited} pages in ${seconds(walked, Date.now())} s`)
  } catch (e) {
    report('walk', '', e.stack)
  } finally {
    await browser.close()
  }
}

await main()
