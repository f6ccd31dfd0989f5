import { config, mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { expect, test } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import MissingPage from './MissingPage.vue'

test('an address that is none has a page with a heading and a way home', () => {
  config.global.plugins = [ElementPlus]
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', name: 'home', component: MissingPage }] })
  const page = mount(MissingPage, { global: { plugins: [router] } })
  expect(page.findAll('h1').map((h) => h.text())).toEqual(['没有这个页面'])
  expect(page.get('a').attributes('href')).toBe('/')
})
