export { startCloudWatch } from './start-cloudwatch.ts'
export { type Document, startElasticsearch } from './start-elasticsearch.ts'
export { attributeOf, startOtlp } from './start-otlp.ts'
