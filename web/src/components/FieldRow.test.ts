import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { defineComponent } from 'vue'

import { Problem } from '@/api/problem'
import FieldRow from '@/components/FieldRow.vue'
import ProblemAlert from '@/components/ProblemAlert.vue'

const form = defineComponent({
  components: { FieldRow, ProblemAlert },
  props: { problem: { type: Problem, required: true }, seated: Boolean, missing: { type: String, default: undefined } },
  template: '<form><field-row v-if="seated" label="单位" field="org_id" :problem="problem" :missing="missing" /><problem-alert :problem="problem" /></form>',
})
const refusal = (field?: string) => new Problem({ status: 422, code: 'invalid', title: '填写有误', detail: '没有这个单位。', field })
const alerts = (w: ReturnType<typeof mount>) => w.findAll('[role=alert]').map((a) => a.text())

test('a refusal is told once: beside its field, else in the alert, and never nowhere', async () => {
  const w = mount(form, { props: { problem: refusal('org_id'), seated: true } })
  await w.vm.$nextTick()
  expect(alerts(w)).toEqual(['没有这个单位。'])
  await w.setProps({ seated: false })
  expect(alerts(w)).toEqual(['填写有误没有这个单位。代码 invalid'])
  await w.setProps({ seated: true, problem: refusal('scopes') })
  expect(alerts(w)).toEqual(['填写有误没有这个单位。代码 invalid'])
  await w.setProps({ problem: refusal() })
  expect(alerts(w)).toHaveLength(1)
})

test('where the field says something else, the alert says what the server said', async () => {
  const w = mount(form, { props: { problem: refusal('org_id'), seated: true, missing: '请选择单位。' } })
  await w.vm.$nextTick()
  expect(alerts(w)).toEqual(['请选择单位。', '填写有误没有这个单位。代码 invalid'])
})
