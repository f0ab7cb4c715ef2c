export { base64 } from './base64.ts'
export { checkJson, jsonLimits } from './check-json.ts'
export { email } from './email.ts'
export { fileName } from './file-name.ts'
export { id, serialId } from './id.ts'
export { type InputProblem, type ProblemCode, problem } from './input-problem.ts'
export { toPointer } from './json-pointer.ts'
export { mailToken } from './mail-token.ts'
export { type Currency, currency, totalCents } from './money.ts'
export { name, nameUpTo } from './name.ts'
export { pageInput, pageOf } from './page.ts'
export {
  authenticationResponse,
  creationOptions,
  registrationResponse,
  requestOptions,
} from './passkey.ts'
export { currentPassword, newPassword } from './password.ts'
export { redirectUri } from './redirect-uri.ts'
export { text } from './text.ts'
export { timestamp } from './timestamp.ts'
export { toInputProblems } from './to-input-problems.ts'
