/**
 * The Java and the Maven that a start would use, in words. Takes about 0.1 s; starts and fetches nothing.
 * @throws EmbeddedKafkaError whose message says what to install
 */
export async function describePrerequisites(): Promise<string> {
  const { prerequisites } = await import('@stocker/embedded-kafka')
  const { java, source } = await prerequisites()
  return `Java ${java}, the broker from ${source === 'maven' ? 'Maven' : source}`
}
