const LAST_LINES = 12
const NOISE = [/^\tat /, /^\s+at /, / DEBUG /, /^\s*\.\.\. \d+ more$/, /^Picked up JAVA_TOOL_OPTIONS/]
const TROUBLE = / (WARN|ERROR|FATAL) |^[\w.$]+(Exception|Error)\b|^Caused by: |^Error|^OpenJDK .* warning|^# /

/** The lines that tell why a broker failed: errors and their causes without stack frames, else simply the last ones. */
export function usefulLines(lines: readonly string[]): readonly string[] {
  const readable = lines.filter((line) => line.trim() !== '' && !NOISE.some((noise) => noise.test(line)))
  const trouble = readable.filter((line) => TROUBLE.test(line))
  return (trouble.length > 0 ? trouble : readable).slice(-LAST_LINES)
}
