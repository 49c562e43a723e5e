// full-disk.test.ts: the disk of the database is full, and has room again; the disk of the keys is full, or not to be written.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { holdFolder } from '../../src/lock.ts'
import { Database } from '../end-to-end/database.ts'
import { Databases } from './databases.ts'
import { Chance, share } from './random.ts'
import { faultsMade, judge } from './series.ts'

const MiB = 1024 * 1024

/** A file system of its own, as small as is said. */
function smallDisk(size: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder])
  const away = (): void => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  }
  process.once('exit', away)
  t.teardown(() => {
    process.off('exit', away)
    away()
  })
  return folder
}

const ballast = (disk: string): string => join(disk, 'ballast')

/** Leaves so much room, bytes; less where the server takes of it meanwhile. */
function fill(disk: string, room: number): void {
  const { bavail, bsize } = statfsSync(disk)
  try {
    writeFileSync(ballast(disk), Buffer.alloc(Math.max(0, bavail * bsize - room)), { flag: 'a' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}

const empty = (disk: string): void => rmSync(ballast(disk), { force: true })

/** Only root can mount; whoever can must, so that this is never left out unseen. */
const able = process.platform === 'linux' && process.geteuid?.() === 0
const skip = able ? false : 'a small disk needs Linux and root (mount -t tmpfs)'

await t.test('the disk of the database is full', { skip, timeout: 0 }, async (t) => {
  const disk = smallDisk(256 * MiB)
  const databases = await Databases.open(t, disk)
  const server = await Database.of(databases.server.server)
  t.teardown(() => server.cut())
  const chance = new Chance('full disks')
  const slot = await databases.slot(chance)
  await judge(t, slot, {
    name: 'calls are refused while the disk is full, and the log goes on when it has room',
    count: share(8),
    fault: async () => {
      fill(disk, chance.below(3) * 8192)
      const { served, calls } = slot.ledger
      // What a page or a segment still has room for is served; then nothing is.
      for (let refused = 0; refused < 3; await sleep(2)) {
        const before = slot.ledger.served
        await slot.calls(5)
        refused = slot.ledger.served === before ? refused + 1 : 0
        if (slot.ledger.calls - calls > 20_000) throw new Error(`${slot.ledger.served - served} calls were served on a full disk`)
      }
      await sleep(chance.below(100))
      empty(disk)
      // A server that could not write its log has ended, as it must.
      await server.revive()
    },
  })
})

await t.test('the disk of the keys is full', { skip, timeout: 0 }, async (t) => {
  const disk = smallDisk(MiB)
  const databases = await Databases.open(t)
  const slot = await databases.slot(new Chance('full disks of keys'), { folder: disk })
  await judge(t, slot, {
    name: 'the mark has its place already: calls are served, and a writer that starts goes on from it',
    count: share(4),
    fault: async () => {
      fill(disk, 0)
      const { served } = slot.ledger
      await slot.calls(20)
      if (slot.ledger.served === served) throw new Error('nothing was served')
      await slot.restart()
      await slot.settle()
      empty(disk)
    },
  })
  fill(disk, 0)
  mkdirSync(join(disk, 'another'))
  t.throws(
    () => holdFolder(join(disk, 'another')),
    /expected a folder that this user can write .*(ENOSPC|full)/s,
    'a gateway that cannot say who it is does not start',
  )
})

t.comment(faultsMade())
