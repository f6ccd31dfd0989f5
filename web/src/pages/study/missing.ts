/** Where on the page something that is missing is made, by the server's own words for it
 * (see domain.Readiness). What is not recognised stays plain text. */
export function remedy(missing: string): { anchor: string; how: string } | undefined {
  if (missing.includes('提升计划')) return { anchor: 'plan', how: '去上传' }
  if (missing.includes('提升总结')) {
    const code = /：\s*([A-Za-z]+\d+)/.exec(missing)?.[1]
    return { anchor: code ? `point-${code}` : 'points', how: '去上传' }
  }
  if (missing.includes('能力点')) return { anchor: 'points', how: '去选择' }
  if (missing.includes('学时')) return { anchor: 'activities', how: '去参加活动' }
  return undefined
}
