// The handlers of shop.cds: maps in memory, so that no database has to be installed.
// Of a changeset that fails, inserts are undone; no test changes or deletes anything in one.

module.exports = function () {
  const tables = { Orders: new Map(), Lines: new Map() }
  const keyOf = row => row.ID ?? row.name

  this.on('clear', () => Object.values(tables).forEach(rows => rows.clear()))

  for (const [name, rows] of Object.entries(tables)) {
    this.on('READ', name, req =>
      req.query.SELECT.one ? (rows.get(keyOf(req.data)) ?? null) : [...rows.values()]
    )

    this.on('CREATE', name, req => {
      const key = keyOf(req.data)
      if (rows.has(key)) return req.reject(409, `${key} is there already`)
      rows.set(key, req.data)
      req.on('failed', () => rows.delete(key))
      // All operations of the changeset succeed, and then the changeset does not.
      if (req.data.note === 'refused on commit') {
        req.before('commit', () => req.reject(422, 'not committed'))
      }
      return req.data
    })

    this.on('UPDATE', name, req => Object.assign(rows.get(keyOf(req.data)), req.data))

    this.on('DELETE', name, req => {
      rows.delete(keyOf(req.data))
    })
  }
}
