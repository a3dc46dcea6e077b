const LAST_LINES = 12
const NOISE = [/^\tat /, /^\s+at /, / DEBUG /, /^\s*\.\.\. \d+ more$/, /^Picked up JAVA_TOOL_OPTIONS/]
const TROUBLE = / (WARN|ERROR|FATAL) |^[\w.$]+(Exception|Error)\b|^Caused by: |^Error|^OpenJDK .* warning|^# /

/** The lines that tell why a broker failed: errors and their causes without stack frames, else simply the last ones. */
export function usefulLines(lines: readonly string[]): readonly string[] {
  const readable = lines.filter((line) => line.trim() !== '' && !NOISE.some((noise) => noise.test(line)))
  const trouble = readable.filter((line) => TROUBLE.test(line))
  // Before the broker logs its first line the virtual machine speaks, briefly and in no fixed form.
  return (trouble.length > 0 && readable.some(isBrokerLine) ? trouble : readable).slice(-LAST_LINES)
}

/** Whether Java itself failed: it was ended by a signal, or before Apache Kafka wrote its first line. */
export function virtualMachineFailed(signal: NodeJS.Signals | null | undefined, lines: readonly string[]): boolean {
  return (signal !== null && signal !== undefined) || !lines.some(isBrokerLine)
}

function isBrokerLine(line: string): boolean {
  return /^\[\d{4}-\d\d-\d\d/.test(line)
}
