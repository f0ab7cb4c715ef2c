/** Whether it is formed as a region of AWS. */
export const isRegion = (text: string | undefined): text is string =>
  /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text ?? '')

export const regionRule = 'AWS_REGION is missing, or no region'
