import { flushPromises, mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'

import { client } from '@/api/client'
import RevealNumber from '@/components/RevealNumber.vue'

it('shows the mask, and the number after a reason', async () => {
  const post = vi.spyOn(client, 'POST').mockResolvedValue({ data: { value: '13812345678' }, response: new Response() } as never)
  const w = mount(RevealNumber, {
    props: { userId: 'u1', name: '张老师', field: 'phone', mask: '138****5678' },
    global: { stubs: { ElDialog: { props: ['title'], template: '<div><h1>{{ title }}</h1><slot /></div>' } } },
  })
  expect(w.text()).toContain('138****5678')
  await w.get('button').trigger('click')
  const send = () => w.get<HTMLButtonElement>('button[type=submit]').element
  expect(send().disabled).toBe(true)
  await w.get('input[aria-label="具体事由"]').setValue('催办两案提交')
  expect(send().disabled).toBe(false)
  await w.get('form').trigger('submit')
  await flushPromises()
  expect(post).toHaveBeenCalledWith('/api/v1/users/{userId}/reveal', { params: { path: { userId: 'u1' } }, body: { field: 'phone', purpose: 'contact', words: '催办两案提交' } })
  expect(w.get('a').attributes('href')).toBe('tel:13812345678')
  expect(w.find('form').exists()).toBe(false)
})
