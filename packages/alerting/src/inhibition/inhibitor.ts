import type { Labels } from '../promql/labels.ts'
import type { Matcher } from '../promql/matchers.ts'
import { compileMatchers } from '../promql/matchers.ts'

/** While an alert fires that `source` fits, nobody is told of those that `target` fits, if both have the same values of `equal`. */
export interface InhibitRule {
  readonly source: readonly Matcher[]
  readonly target: readonly Matcher[]
  /** Names of labels. One that is missing has the empty value. */
  readonly equal: readonly string[]
}

/** Takes what fires now; what it answers says of the labels of an alert which of those hold it back. */
export type Inhibitor = <A extends { readonly labels: Labels }>(
  firing: readonly A[],
) => (labels: Labels) => readonly A[]

/**
 * As Alertmanager does it (its inhibit/inhibit.go): an alert that both sides of a rule fit is not inhibited by others of which that is true as well, and so
 * not by itself. An alert that is inhibited or silenced inhibits others nevertheless.
 */
export function createInhibitor(rules: readonly InhibitRule[]): Inhibitor {
  const compiled = rules.map(({ source, target, equal }) => ({
    isSource: compileMatchers(source),
    isTarget: compileMatchers(target),
    equal,
  }))
  return (firing) => {
    const ready = compiled.map(({ isSource, ...rule }) => ({
      ...rule,
      isSource,
      sources: firing.filter(({ labels }) => isSource(labels)),
    }))
    return (labels) => {
      const causes = ready
        .filter(({ isTarget }) => isTarget(labels))
        .flatMap(({ sources, isSource, isTarget, equal }) => {
          const onBothSides = isSource(labels)
          return sources.filter(
            (source) =>
              equal.every((name) => (source.labels[name] ?? '') === (labels[name] ?? '')) &&
              !(onBothSides && isTarget(source.labels)),
          )
        })
      return [...new Set(causes)]
    }
  }
}

/** Which of the alerts that hold another one back are held back by none themselves: the first causes. All of them, if there is no such one. */
export function firstCauses<A extends { readonly labels: Labels }>(
  causes: readonly A[],
  inhibits: (labels: Labels) => readonly unknown[],
): readonly A[] {
  const first = causes.filter(({ labels }) => inhibits(labels).length === 0)
  return first.length > 0 ? first : causes
}
