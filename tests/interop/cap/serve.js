// Serves shop.cds on a free port of the loopback interface until standard input ends.
//     node serve.js <folder of @sap/cds>
// Standard output holds the port and nothing else; what CDS logs goes to standard error.

console.log = console.info = console.debug = console.warn = console.error

const cds = require(process.argv[2])
cds.root = __dirname

cds.on('bootstrap', app => {
  const { listen } = app
  app.listen = () => listen.call(app, 0, '127.0.0.1')
})

cds.server({ from: 'shop.cds', service: 'all' }).then(server => {
  server.once('listening', () => process.stdout.write(`${server.address().port}\n`))
})

process.stdin.resume().once('end', () => process.exit())
