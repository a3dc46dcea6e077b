import type { HttpApp } from '@stocker/service-kit'
import { problem } from '@stocker/service-kit'

/** Bodies of HTML forms, for what must work without a script: each field a text, or a list of texts when it is there several times. */
export function readForms(app: HttpApp): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body: string, done: (error: Error | null, fields?: unknown) => void) => {
      const fields: [string, string | string[]][] = []
      const parameters = new URLSearchParams(body)
      for (const name of new Set(parameters.keys())) {
        const values = parameters.getAll(name)
        fields.push([name, values.length > 1 ? values : (values[0] ?? '')])
      }
      if (fields.flat(2).some((text) => text.includes('\0'))) {
        return done(
          problem(
            'UNSTORABLE_TEXT',
            400,
            'A text holds a character that cannot be stored',
            'A field of the form holds a NUL character.',
          ),
        )
      }
      done(null, Object.fromEntries(fields))
    },
  )
}
