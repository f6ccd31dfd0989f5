// Package drive plays the people of a school's case over the public HTTP API: system
// administrator, 市工程办, district, bureau, principal, school administrator, teachers,
// group leaders and experts. It never touches the store. The demo and the end-to-end
// tests share it.
//
// # What happens when no answer comes
//
// A server may be killed while a request is under way. What a request then does is
// decided by Options, and never by chance:
//
//   - Without Options.Recover the call fails with a NoAnswerError.
//   - With Recover, reads, drafts and uploads are simply asked again once Recover
//     returns: they are plain rows and asking twice changes nothing. What is created
//     with POST is looked for first, and created only when it is not there.
//   - An action that was answered, with 200 or 202, is never sent again. The link of a
//     202 is followed across restarts until the outcome is there; a link that turns out
//     to be unknown is an error.
//   - An action without an answer counts as not acknowledged, and the client does not
//     retry it: the driver looks at the case as its actor sees it. If the effect is
//     there, it goes on; if not, the actor decides anew, which is another action under
//     another key. Should the first one arrive after all, the second is refused as
//     stale, the driver looks again and finds the effect.
//   - Only with Options.Resend is the same action sent again under its own key until it
//     is answered.
//
// A 503 says that nothing was stored and is treated like a missing answer.
package drive
