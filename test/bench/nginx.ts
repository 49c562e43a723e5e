// nginx.ts: the peer that filters: nginx with a Lua filter that parses an answer, picks the approved fields and writes them. It checks
// and records nothing.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../attacks/gateway-child.ts'
import { type Child, pinned } from './stage.ts'

const modules = ['ndk_http_module.so', 'ngx_http_lua_module.so']

/** The grant of the approved call, by hand: the quickest that this peer can be. */
const filter = `
local cjson = require "cjson.safe"
local chunk, last = ngx.arg[1], ngx.arg[2]
local held = ngx.ctx.held
if held == nil then held = {}; ngx.ctx.held = held end
if chunk ~= "" then held[#held + 1] = chunk end
if not last then ngx.arg[1] = nil; return end
local answer = cjson.decode(table.concat(held))
if answer == nil then ngx.arg[1] = nil; return end
local status, members = answer.status, answer.members
local picked = {}
for k = 1, #members do
  local member = members[k]
  picked[k] = { name = member.name, studentStatus = member.studentStatus }
end
ngx.arg[1] = cjson.encode({ status = { category = status.category, validUntil = status.validUntil }, members = picked })
`

/** One process, no log, connections to the upstream kept open, and room for 1 MB in memory. */
const configuration = (folder: string, loaded: readonly string[], port: number, upstream: number): string => `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log warn;
${loaded.map((file) => `load_module ${file};`).join(' ')}
events { worker_connections 1024; }
http {
  access_log off; tcp_nodelay on; keepalive_requests 1000000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  init_by_lua_block { require "cjson.safe" }
  upstream welfare { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://welfare; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffer_size 16k; proxy_buffers 40 32k; proxy_busy_buffers_size 64k; proxy_max_temp_file_size 0;
      header_filter_by_lua_block { ngx.header.content_length = nil }
      body_filter_by_lua_file ${folder}/filter.lua;
    }
  }
}
`

/** nginx on the measured core, or why there is none.
 *  @param folder a temporary one */
export async function startNginx(folder: string, upstream: number): Promise<Child | string> {
  const about = spawnSync('nginx', ['-V'], { encoding: 'utf8' })
  if (about.error !== undefined) return 'nginx is not installed'
  const place = /--modules-path=(\S+)/.exec(about.stderr)?.[1] ?? ''
  const loaded = modules.map((name) => join(place, name))
  if (!loaded.every((file) => existsSync(file))) return 'nginx is installed without libnginx-mod-http-lua'
  mkdirSync(folder)
  writeFileSync(join(folder, 'filter.lua'), filter)
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, loaded, port, upstream))
  const command = [...(pinned ? ['taskset', '-c', '1'] : []), 'nginx', '-e', join(folder, 'error.log'), '-p', folder, '-c', file]
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  let running = true
  void ended.then(() => {
    running = false
  })
  while (running && !(await answers(port))) await new Promise((later) => setTimeout(later, 20))
  if (running) return { process: child, port }
  return `nginx does not start, lua-cjson may be missing: ${readFileSync(join(folder, 'error.log'), 'utf8').trim().split('\n')[0]}`
}

/** Whether somebody listens. */
const answers = (port: number): Promise<boolean> =>
  new Promise((told) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => told(true))
    socket.once('error', () => told(false))
    socket.once('connect', () => socket.destroy())
  })
