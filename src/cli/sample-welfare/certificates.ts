// certificates.ts: the disability certificates of the sample welfare system. Invented persons only.

export interface CertificateRecord {
  readonly certificateNo: string
  readonly protectedPerson: boolean
  readonly holder: { readonly name: string; readonly nationalId: string }
  readonly categories: readonly string[]
  readonly level: string
  readonly assessedOn: string
  readonly reassessOn: string | null
  readonly validUntil: string | null
  readonly icfCodes: readonly string[]
  readonly diagnosisCodes: readonly string[]
  readonly companionDiscount: boolean
  readonly transportNeed: string | null
  readonly parkingPermit: { readonly no: string | null; readonly plate: string | null }
  readonly guardian: { readonly name: string | null; readonly phone: string | null }
  /** Declared nowhere: an old classification that nobody may see. */
  readonly legacyType: string
}

export const certificates: readonly CertificateRecord[] = [
  {
    certificateNo: 'DC-11400011',
    protectedPerson: false,
    holder: { name: '李淑芬', nationalId: 'A200000110' },
    categories: ['第七類'],
    level: '中度',
    assessedOn: '2024-05-02',
    reassessOn: '2029-05-31',
    validUntil: '2029-05-31',
    icfCodes: ['b730a.2', 's750.2'],
    diagnosisCodes: ['Z99.90'],
    companionDiscount: true,
    transportNeed: '復康巴士',
    parkingPermit: { no: 'P00011', plate: 'XXX-0011' },
    guardian: { name: null, phone: null },
    legacyType: '05',
  },
  {
    certificateNo: 'DC-09900002',
    protectedPerson: false,
    holder: { name: '陳喆安', nationalId: 'A200000003' },
    categories: ['第一類', '第二類'],
    level: '重度',
    assessedOn: '0990131',
    // Exempt from reassessment: null here, and no last day.
    reassessOn: null,
    validUntil: null,
    icfCodes: ['b117.3', 'b210.2'],
    diagnosisCodes: ['Z99.91', 'Z99.92'],
    companionDiscount: true,
    transportNeed: null,
    parkingPermit: { no: null, plate: null },
    guardian: { name: '陳大為', phone: '02-0000-2002' },
    legacyType: '06',
  },
  {
    certificateNo: 'DC-11500061',
    protectedPerson: false,
    holder: { name: '黃𡘙', nationalId: 'W100000618' },
    categories: ['第二類'],
    level: '極重度',
    assessedOn: '2026-02-10',
    reassessOn: '2031-02-28',
    validUntil: '2031-02-28',
    icfCodes: ['b210.4'],
    diagnosisCodes: ['Z99.93'],
    companionDiscount: true,
    transportNeed: '陪同接送',
    parkingPermit: { no: null, plate: null },
    guardian: { name: '黃文彥', phone: '02-0000-2061' },
    legacyType: '01',
  },
  {
    certificateNo: 'DC-11300071',
    protectedPerson: true,
    holder: { name: '林淑惠', nationalId: 'A200000718' },
    categories: ['第一類'],
    level: '輕度',
    assessedOn: '2023-06-01',
    reassessOn: '2026-06-30',
    // Run out: the gate must learn that it does, and nothing else.
    validUntil: '2026-06-30',
    icfCodes: ['b152.1'],
    diagnosisCodes: ['Z99.94'],
    companionDiscount: false,
    transportNeed: null,
    parkingPermit: { no: null, plate: null },
    guardian: { name: null, phone: null },
    legacyType: '12',
  },
]

export interface Verification {
  readonly valid: boolean
  readonly validUntil: string | null
  readonly companionDiscount: boolean
  /** Declared nowhere: the old program's convenience, which would tell a gate who it is and why. */
  readonly holderName: string
  readonly level: string
}

/** What the verification program answers for a certificate.
 *  @param on the day asked about, `2026-11-24`; the last day still counts (D-18) */
export function verification(certificate: CertificateRecord, on: string): Verification {
  const { validUntil, companionDiscount, holder, level } = certificate
  return { valid: validUntil === null || on <= validUntil, validUntil, companionDiscount, holderName: holder.name, level }
}
