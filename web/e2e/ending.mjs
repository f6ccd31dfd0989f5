const endings = new WeakMap()

/** Undoes something at the end of the test `t`, whatever came last first: a page closes
 * before the server it asks. Node's own `after` undoes in the order of arrival. */
export function atEnd(t, undo) {
  const known = endings.get(t)
  if (known) return void known.push(undo)
  const all = [undo]
  endings.set(t, all)
  t.after(async () => {
    const failed = []
    for (const next of all.reverse()) {
      try {
        await next()
      } catch (e) {
        failed.push(e)
      }
    }
    if (failed.length > 0) throw failed[0]
  })
}
