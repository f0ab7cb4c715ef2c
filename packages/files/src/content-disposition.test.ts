import { expect, test } from 'vitest'
import { contentDisposition } from './content-disposition.ts'

test.each([
  ['a.png', 'image/png', 'a.png', 'a.png'],
  ['A.PNG', 'image/png', 'A.PNG', 'A.PNG'],
  ['a.jpeg', 'image/jpeg', 'a.jpeg', 'a.jpeg'],
  ['evil.exe', 'image/png', 'evil.exe.png', 'evil.exe.png'],
  ['page.html', 'application/pdf', 'page.html.pdf', 'page.html.pdf'],
  ['png', 'image/png', 'png.png', 'png.png'],
  ['no dot', 'application/pdf', 'no dot.pdf', 'no%20dot.pdf'],
  ['ü€😀.png', 'image/png', '___.png', '%C3%BC%E2%82%AC%F0%9F%98%80.png'],
  ['a"; x="b.png', 'image/png', 'a__ x__b.png', 'a%22%3B%20x%3D%22b.png'],
  ["it's (1)*!.png", 'image/png', 'it_s _1__!.png', 'it%27s%20%281%29%2A%21.png'],
  ['a\\..\\b.png', 'image/png', 'a_.._b.png', 'a%5C..%5Cb.png'],
  ['100%41.png', 'image/png', '100_41.png', '100%2541.png'],
  [
    'a\r\nSet-Cookie: x=1.png',
    'image/png',
    'a__Set-Cookie_ x_1.png',
    'a%0D%0ASet-Cookie%3A%20x%3D1.png',
  ],
] as const)('%j as %s is sent as %j', (name, type, ascii, extended) => {
  const sent = `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`
  expect(contentDisposition(name, type)).toBe(sent)
})

test('whatever the name, the header is one line of visible ASCII with two parameters', () => {
  for (let code = 0; code < 0x2_100; code += 1) {
    const header = contentDisposition(`${String.fromCharCode(code)}.png`, 'image/png')
    expect(header).toMatch(/^attachment; filename="[^"\\]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/)
    expect(header).toMatch(/^[ -~]+$/)
  }
})
