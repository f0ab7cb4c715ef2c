// What decodes to more is a bomb for whoever opens it: 100 megapixels are 400 MB in memory.
const maxPixels = 100_000_000

export const isFitImageSize = (width: number, height: number): boolean =>
  width > 0 && height > 0 && width * height <= maxPixels
