import { bytes } from '@/lib/format'

import { large } from './large'
import type { Item } from './transfer'

/** The state of an upload in words. */
export function uploadWords(item: Pick<Item, 'state' | 'share' | 'left'> & { file?: Pick<File, 'size'> }): string {
  const percent = Math.floor(item.share * 100)
  switch (item.state) {
    case 'waiting': return '排队中'
    case 'hashing': return `正在计算校验值 ${percent}%`
    case 'uploading': return `正在上传 ${percent}%${amount(item)}`
    case 'paused': return '已暂停，已传的部分会保留'
    case 'checking': return item.share > 0 && item.share < 1 ? `正在检查内容 ${percent}%` : '正在检查内容…'
    case 'done': return '已上传'
    case 'failed': return '没有上传成功'
  }
}

function amount({ share, left, file }: Pick<Item, 'share' | 'left'> & { file?: Pick<File, 'size'> }): string {
  if (!file || file.size <= large) return ''
  return ` · ${bytes(Math.round(share * file.size))} / ${bytes(file.size)}${left === undefined ? '' : ` · 约剩 ${duration(left)}`}`
}

/** A span of time, roughly. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(Math.ceil(seconds), 1)} 秒`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} 分钟`
  return `${Math.floor(seconds / 3600)} 小时 ${Math.ceil((seconds % 3600) / 60)} 分钟`
}

const passing = ['file_missing', 'file_sha256', 'timeout', 'rate_limited']

/** Whether sending the same file again may help: not when it was refused for what it is. */
export function mayRetry(item: Pick<Item, 'problem'>): boolean {
  const p = item.problem
  if (!p) return false
  return p.status < 400 || p.status >= 500 || p.code.startsWith('store_') || passing.includes(p.code)
}
