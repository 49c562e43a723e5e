# The gateway as it is served: no configuration, no data and no keys inside. Mount them:
#   docker run --read-only --tmpfs /tmp --security-opt no-new-privileges --cap-drop ALL --pids-limit 128 --memory 2g \
#     -v /etc/linkage:/etc/linkage:ro -v /var/lib/linkage-keys:/var/lib/linkage-keys -e DATABASE_URL=… -p 8080:8080 linkage-gateway
FROM node:24-bookworm-slim

WORKDIR /opt/linkage
# The database is somebody's own (DATABASE_URL): the embedded one, and Node's binary packages, are left out.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY tsconfig.json ./
COPY src ./src
COPY migrations ./migrations
# The example's credential digests, which production refuses to open with.
COPY config/agencies ./config/agencies

ENV NODE_ENV=production LINKAGE_CONFIG=/etc/linkage
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and handles SIGTERM: open calls are finished, the log is flushed.
CMD ["node", "--disable-warning=ExperimentalWarning", "src/main.ts", "serve"]
