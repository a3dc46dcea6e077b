import { nearest } from '@stocker/properties'
import type { ErrorObject, Options } from 'ajv'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaValidationError, FastifyServerOptions } from 'fastify'
import type { FieldError } from './problem.ts'

/** Where fastify found the fault, by its name for it and by ours. */
const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const
type HttpPart = keyof typeof PARTS

/** More errors than this say no more. */
const MAX_FIELD_ERRORS = 20

const COMMON: Options = {
  strict: true,
  // TypeBox writes a nullable as a type union; strict mode would call that a mistake.
  allowUnionTypes: true,
  allErrors: true,
  removeAdditional: false,
  useDefaults: true,
  // Errors carry the schema they come from, so that the answer can name the properties that exist.
  verbose: true,
}

// fastify types this by its default compiler, whose package it does not export.
type ValidatorFactory = NonNullable<
  NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>['buildValidator']
>

interface RouteSchemaDefinition {
  readonly schema: unknown
  readonly httpPart?: string
}

/**
 * fastify's `schemaController.compilersFactory.buildValidator`. Two validators: a body says what it means ("2" is not 2, and a property that nobody
 * knows is a mistake of the caller), while query, path and headers have only text to say it with and are coerced to the schema's types.
 */
export const buildValidator = ((sharedSchemas: unknown) => {
  const body = createAjv({ ...COMMON, coerceTypes: false }, sharedSchemas)
  const text = createAjv({ ...COMMON, coerceTypes: 'array' }, sharedSchemas)
  return ({ schema, httpPart }: RouteSchemaDefinition) => {
    const checked = schema as Parameters<Ajv['compile']>[0]
    if (httpPart === 'body') return body.compile(checked)
    return text.compile(httpPart === 'headers' ? lowerCaseNames(checked) : checked)
  }
}) as unknown as ValidatorFactory

function createAjv(options: Options, sharedSchemas: unknown): Ajv {
  const ajv = new Ajv(options)
  // `example` is OpenAPI's; ajv's strict mode refuses keywords it has never heard of.
  ajv.addVocabulary(['example', 'x-personal'])
  const plugin = addFormats as unknown as (ajv: Ajv) => Ajv
  plugin(ajv)
  for (const schema of Object.values(sharedSchemas as Record<string, object>)) ajv.addSchema(schema)
  return ajv
}

/** Header names arrive in lower case, whatever the schema's author wrote. */
function lowerCaseNames(schema: unknown): Parameters<Ajv['compile']>[0] {
  const { properties, required, ...rest } = schema as {
    properties?: Record<string, unknown>
    required?: readonly string[]
  }
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value])),
    }),
    ...(required && { required: required.map((name) => name.toLowerCase()) }),
  }
}

/** The validator's findings in words for the caller. Values are never repeated: they may be secret. */
export function fieldErrors(
  errors: readonly FastifySchemaValidationError[],
  context: string | undefined,
): readonly FieldError[] {
  const part: HttpPart = context !== undefined && context in PARTS ? (context as HttpPart) : 'body'
  return withoutAlternatives(errors as readonly ErrorObject[])
    .slice(0, MAX_FIELD_ERRORS)
    .map((error) => {
      const path = placeOf(error)
      const common = { in: PARTS[part], rule: error.keyword, detail: describe(error) }
      return part === 'body' ? { pointer: `#${path}`, ...common } : { parameter: path.slice(1), ...common }
    })
}

/** `anyOf` reports each alternative that failed and then itself; the last one says it all. */
function withoutAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
  if (unions.length === 0) return errors
  return errors.filter(
    (error) => !unions.some((union) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`)),
  )
}

function placeOf(error: ErrorObject): string {
  const params = error.params as { missingProperty?: string; additionalProperty?: string; unevaluatedProperty?: string }
  const property = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  return property === undefined
    ? error.instancePath
    : `${error.instancePath}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function describe(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is missing'
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownProperty(error)
    case 'type':
      return `must be ${article(String(error.params.type))}, not ${kindOf(error.data)}`
    case 'enum':
      return `must be one of ${listed(error.params.allowedValues)}`
    case 'const':
      return `must be ${JSON.stringify(error.params.allowedValue)}`
    case 'anyOf':
      return constants(error.schema) ?? 'has none of the shapes that are possible here'
    default:
      return error.message ?? `violates ${error.keyword}`
  }
}

function unknownProperty(error: ErrorObject): string {
  const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {})
  const name = String(error.params.additionalProperty ?? error.params.unevaluatedProperty)
  const meant = nearest(name, known)
  if (meant !== undefined) return `is not a known property; did you mean "${meant}"?`
  return known.length === 0 ? 'is not a known property' : `is not a known property; known are ${known.join(', ')}`
}

function constants(alternatives: unknown): string | undefined {
  if (!Array.isArray(alternatives)) return undefined
  const values = alternatives
    .filter((schema: object) => 'const' in schema)
    .map((schema: { const: unknown }) => schema.const)
  return values.length > 0 && values.length === alternatives.length ? `must be one of ${listed(values)}` : undefined
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction'
  return value === undefined ? 'nothing' : article(typeof value)
}

function article(type: string): string {
  if (type.includes(',')) return `one of ${type.replaceAll(',', ', ')}`
  if (type === 'null') return type
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`
}
