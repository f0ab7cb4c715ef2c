export { type AddressBlock, type AddressBlocks, createAddressBlocks } from './address-blocks.ts'
export { type Alert, createDetection, type Detection, type ObservedEvent } from './detection.ts'
