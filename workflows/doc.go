// Package workflows is the lifecycle of a case as the engine runs it.
//
// One workflow per case is the only writer of the case's stage. Whatever happens to a
// case reaches it as one kind of message, an Envelope, from three sources: people's
// actions (signals), deadlines (the one timer of each waiting step) and finished jobs.
// The loop in case.go takes them one at a time and hands each to one local activity,
// which decides it under the row lock of the case; the workflow only applies what comes
// back. It never judges, so a changed rule can not break the replay of a running case.
//
//	stage          waits for                     deadline            sets going
//	team           校长                          due date, ladder
//	diagnosis      校长                          due date, ladder
//	planning       学校管理员                    due date, ladder
//	filing         区工程办 / 市工程办           due date, ladder    panel preparation, when filed
//	training       学校管理员 and every teacher  study window        assessment, when it closes
//	assessment     校长                          due date, ladder
//	dossier        学校管理员                    due date, ladder    locking of the files, when handed in
//	scoring        考核专家                      due date, ladder    confirmation, at the last score
//	confirmation   教育局                        due date, ladder    crediting, or another round
//	crediting      nobody, then 教育局           due date, ladder    recognition of hours (crediting.go)
//	closed         nobody                                            the mailbox is drained, the run ends
package workflows
