// Walks journey 5 over two nodes (product.md 5.2): the admin of the first founds
// a network, on a phone, in English and light; the admin of the second joins it
// with a code, at a desk, in Spanish and dark. All without JavaScript. Then axe
// audits every page of both, at both widths and in both themes.
//
// Reads and writes what walk.mjs does; the order of the nodes is hub, member. A
// folder as argument gets a picture of every page that is passed.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { desk, launch, phone } from './browser.mjs'
import { Walker, report } from './walker.mjs'

const pictures = process.argv[2]

// Networker is an admin who founds or joins a network.
class Networker extends Walker {
  done = () => this.page.locator('main .note.good[role=status]').waitFor()

  async empty() {
    const { page } = this
    await page.goto(this.node.url)
    await page.locator('nav.wire a[href="/network"]').click()
    assert.equal(await page.locator('main a.act.main[href="/admin/networks"]').count(), 1)
    await this.at('network none', false)
  }

  async found() {
    const { page } = this
    await page.goto(`${this.node.url}/network`)
    await page.locator('main a[href="/admin/hub/new"]').click()
    await this.at('hub new')
    await page.locator('[name=name]').fill('Common Ground')
    await page.locator('main form button.main').click()
    await page.locator('#f-handle[aria-invalid=true]').waitFor()
    assert.equal(await page.locator('[name=name]').inputValue(), 'Common Ground', 'what was typed stays')
    await this.at('hub new wrong', false)
    await page.locator('[name=handle]').fill('ptp')
    await page.locator('[name=purpose]').fill('We share **people, tools and time**.')
    await page.locator('[name=conduct]').fill('Listen first.')
    await page.locator('[name=contact]').fill('Lena, 555 0142')
    await page.locator('main form button.main').click()
    await this.done()
    await this.at('hub')
  }

  // The code that is shown once.
  async code() {
    const { page } = this
    await page.locator('form[action$="/codes"] button').click()
    const code = await page.locator('#f-code').inputValue()
    await this.at('hub code', false)
    await this.open('/admin/hub/ptp/codes', 'hub codes')
    assert.ok(!(await page.content()).includes(code), 'a code is shown once')
    return code
  }

  async wrongCode(code) {
    const { page } = this
    await this.open('/admin/networks', 'networks')
    for (const ref of ['no network', code.slice(0, -3) + 'ZZZ']) {
      await page.locator('#f-ref').fill(ref)
      await page.locator('main form button.main').click()
      await page.locator('#f-ref[aria-invalid=true]').waitFor()
      assert.equal(await page.locator('#f-ref').inputValue(), ref, 'what was typed stays')
      await this.at('networks wrong', false)
    }
  }

  async join(code) {
    const { page } = this
    await page.locator('#f-ref').fill(code)
    await page.locator('main form button.main').click()
    await page.locator('[name=why]').waitFor()
    assert.equal(await page.locator('.pair code').count(), 2, 'both keys are shown')
    await this.at('join preview', false)
    await page.locator('[name=why]').fill('Queremos aprender de otras organizaciones.')
    await page.locator('main form button.main').click()
    await this.done()
    await this.at('join way')
  }

  // The coordinator reads who asks and why, compares the key and says yes.
  async admit(who, key) {
    const { page } = this
    const link = await this.until('/admin/hub/ptp', `main .rows a[href*="${who.handle}"].act`)
    assert.ok((await page.locator('blockquote').textContent()).includes('aprender'))
    await this.at('hub asked')
    await link.click()
    assert.equal(await page.locator('main .act.main').count(), 0, 'yes and no weigh the same')
    assert.equal(await page.locator('main .sec code').first().textContent(), key, 'both sides read the same key')
    await this.at('hub member')
    await page.locator('button[value=approve]').click()
    await this.done()
  }

  // The key of its own node, as the waiting page shows it.
  key = () => this.page.locator('.pair code').first().textContent()

  async isIn(other) {
    await this.until(this.pages.get('join way'), 'ol.way li.done:nth-child(4)')
    await this.at('join in', false)
    await this.until('/network/organizations', `tbody a:text-is("${other.organization}")`)
  }

  // Every page that both see of the network.
  async look() {
    const { page } = this
    for (const [name, to] of [['network', '/network'], ['organizations', '/network/organizations'], ['status', '/network/status'], ['leaves', '/admin/leaves']]) await this.open(to, name)
    await page.goto(`${this.node.url}/network/organizations`)
    assert.equal(await page.locator('svg.map circle').count(), 3, 'the hub and two organizations')
    assert.equal(await page.locator('tbody tr').count(), 2)
    await page.locator('tbody a').first().click()
    await this.at('organization')
    await page.goto(`${this.node.url}/network`)
    await page.locator('main a[href^="/admin/networks/"]').click()
    await this.at('membership')
  }

  async run() {
    const { page } = this
    for (const part of ['guests', 'tags', 'edit', 'close']) await this.open(`/admin/hub/ptp/${part}`, `hub ${part}`)
    await this.open('/networks/ptp', 'network public')
    await this.open(`${this.pages.get('hub member')}/expel`, 'hub expel')
    await page.goto(`${this.node.url}/admin/hub/ptp/guests`)
    for (const [name, value] of [['name', 'Mill Town'], ['handle', 'mill_town'], ['admin', 'Gus'], ['email', 'gus@mill.example']]) await page.locator(`[name=${name}]`).fill(value)
    await page.locator('main form button.main').click()
    await page.locator('#f-link').waitFor()
    await this.at('hub guest', false)
    await this.until('/network/organizations', 'svg.map rect')
    await page.goto(`${this.node.url}/admin/hub/ptp/tags`)
    for (const [name, value] of [['en', 'Puppet theatre'], ['es', 'Teatro de títeres']]) await page.locator(`[name=${name}]`).fill(value)
    await page.locator('button[value=put]').click()
    await this.done()
    await this.at('hub tags own', false)
  }

  async leave() {
    const { page } = this
    await page.goto(this.node.url + this.pages.get('membership'))
    await page.locator('main a.act.stop').click()
    await this.at('leave')
    await page.locator('main form button.stop').click()
    await this.done()
    await this.at('networks left', false)
  }
}

async function main() {
  const { nodes } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const begun = Date.now()
  const browser = await launch()
  try {
    const hub = new Networker(nodes[0], { lang: 'en', theme: 'light', size: phone, pictures })
    const member = new Networker(nodes[1], { lang: 'es', theme: 'dark', size: desk, pictures })
    const all = step => Promise.all([hub, member].map(step))
    await all(w => w.begin(browser))
    await all(w => w.signIn())
    await all(w => w.empty())
    await hub.found()
    const code = await hub.code()
    await member.wrongCode(code)
    await member.join(code)
    await hub.admit(member.node, await member.key())
    await member.isIn(hub.node)
    await all(w => w.look())
    await hub.run()
    const walked = Date.now()
    await all(async w => w.auditPages(await w.scripted(true)))
    await member.leave()
    await hub.until('/admin/hub/ptp', 'main details') // who is not in any more
    const seconds = (from, to) => Math.round((to - from) / 1000)
    report('done', '', `walked in ${seconds(begun, walked)} s, audited ${hub.audited + member.audited} pages in ${seconds(walked, Date.now())} s`)
  } catch (e) {
    report('walk', '', e.stack)
  } finally {
    await browser.close()
  }
}

await main()
