// sealed-tags.ts: the tags of a record's sealed part, each as 32 hex digits, without the zeros behind the last.
export const tagsIn = (sealed: string): string[] =>
  (Buffer.from(sealed, 'base64').toString('hex').match(/.{32}/g) ?? []).filter((each) => !/^0+$/.test(each))
