/** A valid PDF of one page; the note in it makes its bytes its own. */
export function pdf(name, note = name) {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>',
    `<< /Title <FEFF${[...note].map((c) => c.charCodeAt(0).toString(16).padStart(4, '0')).join('')}> >>`,
  ]
  let body = '%PDF-1.4\n'
  const at = objects.map((o, i) => {
    const start = body.length
    body += `${i + 1} 0 obj\n${o}\nendobj\n`
    return start
  })
  const table = at.map((n) => `${String(n).padStart(10, '0')} 00000 n \n`).join('')
  const trailer = `trailer\n<< /Size ${at.length + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
  return { name: `${name}.pdf`, mimeType: 'application/pdf', buffer: Buffer.from(`${body}xref\n0 ${at.length + 1}\n0000000000 65535 f \n${table}${trailer}`, 'latin1') }
}
