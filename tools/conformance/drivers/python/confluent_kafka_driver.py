from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

import contract

options = contract.read_arguments()
connection = {"bootstrap.servers": options.bootstrap}


def produce():
    failures = []
    producer = Producer(
        {
            **connection,
            "acks": "all",
            "compression.type": options.codec,
            "enable.idempotence": options.idempotent,
        }
    )
    for key, value, headers in contract.read_input(options.input):
        producer.produce(
            options.topic,
            key=key,
            value=value,
            headers=headers,
            on_delivery=lambda error, _: error and failures.append(error),
        )
        producer.poll(0)
    if producer.flush(30) > 0 or failures:
        raise SystemExit(f"not delivered: {failures[:3]}")


def consume():
    output = contract.Output(options)
    owned = set()

    def on_assign(_, partitions):
        owned.update(each.partition for each in partitions)
        contract.report_assigned(owned)

    def on_revoke(_, partitions):
        owned.difference_update(each.partition for each in partitions)

    consumer = Consumer(
        {
            **connection,
            "group.id": options.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "heartbeat.interval.ms": 500,
            "fetch.wait.max.ms": 200,
        }
    )
    consumer.subscribe(options.topics, on_assign=on_assign, on_revoke=on_revoke)
    while not output.finished:
        handled = {}
        for message in consumer.consume(500, timeout=0.2):
            if message.error():
                raise SystemExit(str(message.error()))
            if output.full:
                break
            place = (message.topic(), message.partition())
            output.write(*place, message.offset(), message.key(), message.value(), message.headers())
            handled[place] = message.offset() + 1
        if handled:
            offsets = [TopicPartition(*place, offset) for place, offset in handled.items()]
            consumer.commit(offsets=offsets, asynchronous=False)
    consumer.close()


def admin():
    admin = AdminClient(connection)
    wanted = NewTopic(options.topic, 3, 1, config={"retention.ms": "3600000"})
    admin.create_topics([wanted])[options.topic].result(10)
    partitions = len(admin.list_topics(options.topic).topics[options.topic].partitions)
    resource = ConfigResource(ConfigResource.Type.TOPIC, options.topic)
    configs = admin.describe_configs([resource])[resource].result(10)
    admin.delete_topics([options.topic])[options.topic].result(10)
    contract.report(
        {
            "partitions": partitions,
            "retentionMs": configs["retention.ms"].value,
            "configs": len(configs),
            "deleted": options.topic not in admin.list_topics().topics,
        }
    )


{"produce": produce, "consume": consume, "admin": admin}[options.verb]()
