const secretName = /(PASSWORD|PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|CONNECTION_STRING)S?$|_URL$/i

/** Whether a variable of this name holds what nobody may be told by an environment. */
export const isSecretName = (name: string): boolean => secretName.test(name) && name !== 'BASE_URL'
