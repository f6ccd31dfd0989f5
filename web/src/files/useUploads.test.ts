import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { FakeNetwork, refused } from './testing'
import { useUploads } from './useUploads'
import { mayRetry, uploadWords } from './words'

const target = { caseId: 'c1', kind: 'dossier' as const, key: '5' }
// Of "abc".
const sum = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

let network: FakeNetwork
let scope = effectScope()

function uploads() {
  return scope.run(() => useUploads())!
}
function file(name = 'a.pdf'): File {
  return new File(['abc'], name)
}
async function posted(n: number) {
  await vi.waitFor(() => expect(network.posts.filter((p) => p.form).length).toBe(n))
  return network.posts[n - 1]!
}

beforeEach(() => {
  setActivePinia(createPinia())
  network = new FakeNetwork()
  network.install()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

describe('an upload', () => {
  it('asks for a grant with the sum, posts the fields before the file, and completes', async () => {
    const { add } = uploads()
    const item = add(file(), target)
    const post = await posted(1)
    expect(network.calls[0]).toEqual({
      method: 'POST', path: '/api/v1/cases/c1/files',
      body: { slot_kind: 'dossier', slot_key: '5', name: 'a.pdf', size: 3, sha256: sum },
    })
    expect(post.url).toBe('http://store/bucket/f1')
    expect([...post.form!.keys()]).toEqual(['key', 'policy', 'x-amz-signature', 'file'])
    post.progress(0.5)
    expect(uploadWords(item)).toBe('正在上传 50%')
    post.respond(204)
    await vi.waitFor(() => expect(item.state).toBe('done'))
    expect(network.calls.at(-1)!.path).toBe('/api/v1/files/f1/versions/1/complete')
    expect(item.version?.file_id).toBe('f1')
  })

  it('shows a refusal in the words of the server and sends nothing to the store', async () => {
    network.refusals.files = [refused(422, 'file_type', '只能上传pdf文件，请转换格式后重新上传。')]
    const item = uploads().add(file('a.exe'), target)
    await vi.waitFor(() => expect(item.state).toBe('failed'))
    expect(item.problem?.message).toBe('只能上传pdf文件，请转换格式后重新上传。')
    expect(mayRetry(item)).toBe(false)
    expect(network.posts).toHaveLength(0)
  })

  it('shows why checked content was rejected', async () => {
    network.refusals.complete = [refused(422, 'file_unsafe', '文件含有宏。')]
    const item = uploads().add(file(), target)
    ;(await posted(1)).respond(204)
    await vi.waitFor(() => expect(item.state).toBe('failed'))
    expect(item.problem?.message).toBe('文件含有宏。')
    expect(mayRetry(item)).toBe(false)
  })
})

describe('a retry', () => {
  it('posts again under the same grant when the line broke', async () => {
    const { add, retry } = uploads()
    const item = add(file(), target)
    ;(await posted(1)).fail()
    await vi.waitFor(() => expect(item.state).toBe('failed'))
    expect(item.problem?.code).toBe('store_network')
    retry(item)
    ;(await posted(2)).respond(201)
    await vi.waitFor(() => expect(item.state).toBe('done'))
    expect(network.calls.filter((c) => c.path.endsWith('/files'))).toHaveLength(1)
  })

  it('only completes when the file is already there', async () => {
    network.refusals.complete = [refused(503, 'unavailable', '文件存储暂时无法访问。')]
    const { add, retry } = uploads()
    const item = add(file(), target)
    ;(await posted(1)).respond(204)
    await vi.waitFor(() => expect(item.state).toBe('failed'))
    retry(item)
    await vi.waitFor(() => expect(item.state).toBe('done'))
    expect(network.posts).toHaveLength(1)
  })

  it('asks for a new grant when the store no longer takes the old one', async () => {
    const { add, retry } = uploads()
    const item = add(file(), target)
    ;(await posted(1)).respond(403, '<Error><Code>AccessDenied</Code></Error>')
    await vi.waitFor(() => expect(item.state).toBe('failed'))
    expect(item.problem?.code).toBe('store_AccessDenied')
    expect(mayRetry(item)).toBe(true)
    retry(item)
    const again = await posted(2)
    expect(again.url).toBe('http://store/bucket/f2')
  })
})

describe('several uploads', () => {
  it('run three at a time, the next as one ends', async () => {
    const { add } = uploads()
    const items = [1, 2, 3, 4].map((n) => add(file(`${n}.pdf`), { ...target, key: String(n) }))
    const first = await posted(3).then(() => network.posts[0]!)
    expect(items[3]!.state).toBe('waiting')
    first.respond(204)
    await posted(4)
    for (const p of network.posts.slice(1)) p.respond(204)
    await vi.waitFor(() => expect(items.every((i) => i.state === 'done')).toBe(true))
  })

  it('stop when removed, and make room', async () => {
    const { items, add, remove, busy } = uploads()
    const all = [1, 2, 3, 4].map((n) => add(file(`${n}.pdf`), { ...target, key: String(n) }))
    await posted(3)
    remove(all[1]!)
    expect(network.posts.some((p) => p.aborted)).toBe(true)
    await posted(4)
    expect(items.map((i) => i.file.name)).toEqual(['1.pdf', '3.pdf', '4.pdf'])
    for (const p of network.posts) if (!p.aborted) p.respond(204)
    await vi.waitFor(() => expect(busy.value).toBe(false))
  })

  it('end with their page', async () => {
    uploads().add(file(), target)
    const post = await posted(1)
    scope.stop()
    expect(post.aborted).toBe(true)
  })

  it('hold the window while something is under way', async () => {
    const item = uploads().add(file(), target)
    const held = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    const post = await posted(1)
    expect(held()).toBe(true)
    post.respond(204)
    await vi.waitFor(() => expect(item.state).toBe('done'))
    expect(held()).toBe(false)
  })
})
