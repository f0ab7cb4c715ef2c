export { startDnsServer } from './start-dns-server.ts'
