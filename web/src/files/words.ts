import type { Item } from './useUploads'

/** The state of an upload in words. */
export function uploadWords(item: Pick<Item, 'state' | 'share'>): string {
  const percent = Math.floor(item.share * 100)
  switch (item.state) {
    case 'waiting': return '排队中'
    case 'hashing': return `正在计算校验值 ${percent}%`
    case 'uploading': return `正在上传 ${percent}%`
    case 'checking': return '正在检查内容…'
    case 'done': return '已上传'
    case 'failed': return '没有上传成功'
  }
}

const passing = ['file_missing', 'file_sha256', 'timeout', 'rate_limited']

/** Whether sending the same file again may help: not when it was refused for what it is. */
export function mayRetry(item: Pick<Item, 'problem'>): boolean {
  const p = item.problem
  if (!p) return false
  return p.status < 400 || p.status >= 500 || p.code.startsWith('store_') || passing.includes(p.code)
}
