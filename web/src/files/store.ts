import type { Schemas } from '@/api/client'
import { Problem } from '@/api/problem'

/** Sends a file to the object store as the grant wants it: all fields first, the file last.
 * XMLHttpRequest, because fetch does not tell how much has been sent. */
export function postForm(url: string, fields: Record<string, string>, file: File, progress: (share: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', file)
    const request = new XMLHttpRequest()
    signal.addEventListener('abort', () => {
      request.abort()
      reject(signal.reason as Error)
    }, { once: true })
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total)
    request.onerror = () => reject(unreachable())
    request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(refusal(request.status, request.responseText)))
    request.open('POST', url)
    request.send(form)
  })
}

/** Sends one part of a large file as its grant wants it. */
export function putPart(grant: Schemas['PartGrant'], part: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    signal.addEventListener('abort', () => {
      request.abort()
      reject(signal.reason as Error)
    }, { once: true })
    request.upload.onprogress = (e) => progress(e.loaded)
    request.onerror = () => reject(unreachable())
    request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(refusal(request.status, request.responseText)))
    request.open('PUT', grant.url)
    for (const [name, value] of Object.entries(grant.headers)) request.setRequestHeader(name, value)
    request.send(part)
  })
}

function unreachable(): Problem {
  return new Problem({
    status: 0, code: 'store_network', title: '上传中断',
    detail: '与文件存储的连接中断，文件没有传完。请检查网络后重试，已选的文件还在。',
  })
}

// The store answers in XML, in English; its code tells the administrator what it was.
function refusal(status: number, xml: string): Problem {
  const code = /<Code>([A-Za-z]+)<\/Code>/.exec(xml)?.[1] ?? String(status)
  const known: Record<string, string> = {
    EntityTooLarge: '文件大小与申请上传时不一致，可能在上传期间被修改。请保存并关闭文件后重试。',
    EntityTooSmall: '文件大小与申请上传时不一致，可能在上传期间被修改。请保存并关闭文件后重试。',
    BadDigest: '文件内容与申请上传时不一致，可能在上传期间被修改。请保存并关闭文件后重试。',
    XAmzContentChecksumMismatch: '文件内容与申请上传时不一致，可能在上传期间被修改。请保存并关闭文件后重试。',
    AccessDenied: '上传授权已过期。请重试，系统会重新申请。',
  }
  return new Problem({
    status, code: `store_${code}`, title: '文件存储没有接受文件',
    detail: known[code] ?? '文件存储没有接受这个文件。请重试；如果一直如此，请把此代码告诉系统管理员。',
  })
}
