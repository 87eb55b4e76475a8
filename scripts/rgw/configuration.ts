/** Ports of a cluster on 127.0.0.1. */
export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly monitor: number;
}

/** Optional features of a cluster. */
export interface Extras {
  /** Temporary credentials, by STS. With it 16.2 says AccessDenied for wrong keys too. */
  readonly sessions?: boolean;
}

/** Minimum lifetime of temporary credentials in seconds. */
const SESSIONS = `rgw s3 auth use sts = true
rgw sts key = nightdrop-tests!
rgw sts min session duration = 1
`;

/** Returns the `ceph.conf` of a cluster in `directory`. Long because each setting is a line of the template. */
export function configuration(directory: string, id: string, ports: Ports, { sessions }: Extras): string {
  return `[global]
fsid = ${id}
mon host = [v2:127.0.0.1:${ports.monitor}/0]
public addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
# No authentication within the cluster, so none of the encryption that radosgw would wait for.
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
run dir = ${directory}
pid file = ${directory}/$name.pid
log file = ${directory}/$name.log
admin socket = ${directory}/$name.sock
crash dir = ${directory}
# One copy of everything, in as few placement groups as possible.
osd pool default size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000

[mon]
mon data = ${directory}/mon
mon cluster log file = ${directory}/cluster.log
# There is no other monitor to wait for before a proposal.
paxos propose interval = 0.02
paxos min wait = 0.005

[osd]
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = ${8 * 1024 ** 3}
osd max object name len = 4096
osd class update on start = false
osd heartbeat grace = 600

[client.rgw]
rgw data = ${directory}/rgw
rgw frontends = beast endpoint=127.0.0.1:${ports.http} ssl_endpoint=127.0.0.1:${ports.https} ssl_certificate=${directory}/server.pem ssl_private_key=${directory}/server-key.pem tcp_nodelay=1
rgw rados pool pg num min = 4
rgw dynamic resharding = false
${sessions ? SESSIONS : ""}`;
}
