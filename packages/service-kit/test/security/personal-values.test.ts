import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { withoutPersonal } from '../../src/security/personal-values.ts'

const personal = { 'x-personal': true } as const

it('leaves of an answer what its schema does not mark as personal', () => {
  const schema = Type.Object({
    id: Type.String(),
    address: Type.Object({ name: Type.String(personal), country: Type.String() }, personal),
    notes: Type.Array(Type.Object({ text: Type.String(personal), at: Type.String() })),
    age: Type.Integer(personal),
    nickname: Type.Union([Type.String(personal), Type.Null()]),
    proof: Type.Union([Type.Object({ receivedBy: Type.String(personal) }), Type.Null()]),
  })
  const answer = {
    id: '1',
    address: { name: 'Ada', country: 'GB', phone: '123' },
    notes: [{ text: 'call her', at: 'noon' }],
    age: 36,
    nickname: 'Countess',
    proof: { receivedBy: 'Bob' },
    more: 'kept',
  }

  expect(withoutPersonal(answer, schema)).toEqual({
    id: '1',
    address: { name: '[masked]', country: 'GB', phone: '[masked]' },
    notes: [{ text: '[masked]', at: 'noon' }],
    nickname: '[masked]',
    proof: { receivedBy: '[masked]' },
    more: 'kept',
  })
})
