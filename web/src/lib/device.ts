/** What people call the program behind a User-Agent: the browser and the system. */
export function device(agent: string): string {
  const found = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1]
  const browser = found([[/Edg\//, 'Edge'], [/MicroMessenger/, '微信'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']])
  const system = found([[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']])
  return [browser, system].filter(Boolean).join('，') || agent.slice(0, 40) || '未知程序'
}
