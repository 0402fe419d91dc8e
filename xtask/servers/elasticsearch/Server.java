// One Elasticsearch node on a loopback port, its data in a folder that is kept between starts.
// Use: Server PORT FOLDER
import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;

class Server {
    public static void main(String[] arguments) throws InterruptedException {
        int port = Integer.parseInt(arguments[0]);
        ElasticsearchClusterRunner runner = new ElasticsearchClusterRunner();
        runner.setMaxHttpPort(65535);
        runner.onBuild((number, settings) -> {
            settings.put("http.port", port);
            settings.put("transport.port", "0");
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            // A machine whose disk is nearly full is one that tests run on, too.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        // The runner counts its nodes from the port after the base.
        runner.build(ElasticsearchClusterRunner.newConfigs()
                .basePath(arguments[1]).clusterName("diptych").numOfNode(1).baseHttpPort(port - 1).useLogger());
        // No thread of a node keeps its process.
        Thread.currentThread().join();
    }
}
