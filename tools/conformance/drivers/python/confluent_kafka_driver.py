import os
import threading

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

import contract

TRANSACTION_S = 30

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
        if options.protocol:
            contract.report_assigned(owned)

    consumer = Consumer(
        {
            **connection,
            "group.id": options.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            **({"group.protocol": options.protocol} if options.protocol else {"heartbeat.interval.ms": 500}),
            "fetch.wait.max.ms": 200,
            "isolation.level": "read_committed" if options.committed else "read_uncommitted",
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


def copy():
    """What cannot be gone on with ends the process: the next one fences what this one left open."""
    plan = contract.CopyPlan(options)
    gathered = []
    producer = Producer(
        {
            **connection,
            "transactional.id": options.transactional_id,
            "transaction.timeout.ms": 10000,
        }
    )
    producer.init_transactions(60)
    consumer = Consumer(
        {
            **connection,
            "group.id": options.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": options.session_ms,
            "heartbeat.interval.ms": 500,
            "fetch.wait.max.ms": 200,
        }
    )
    # whoever has the partition next begins where its offset is
    consumer.subscribe(options.topics, on_revoke=lambda *_: gathered.clear())
    while not plan.finished:
        message = consumer.poll(0 if gathered else 0.2)
        if message is not None and message.error():
            continue  # of a connection that is lost, say
        if message is not None:
            gathered.append(message)
        if gathered and (message is None or len(gathered) >= plan.room):
            for commits in plan.ends():
                transact(producer, consumer, gathered, commits)
            plan.committed(len(gathered))
            gathered.clear()
    consumer.close()


def transact(producer, consumer, messages, commits):
    handled = {}
    # send_offsets_to_transaction may hang when the group's coordinator went, whatever its timeout:
    # librdkafka issue 5456
    watchdog = threading.Timer(TRANSACTION_S, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()
    producer.begin_transaction()
    for message in messages:
        producer.produce(
            options.target,
            partition=message.partition(),
            key=message.key(),
            value=message.value(),
            headers=message.headers(),
        )
        handled[(message.topic(), message.partition())] = message.offset() + 1
    offsets = [TopicPartition(*place, offset) for place, offset in handled.items()]
    group = consumer.consumer_group_metadata()
    patiently(lambda: producer.send_offsets_to_transaction(offsets, group))
    if not commits:
        producer.flush(30)
    patiently(producer.commit_transaction if commits else producer.abort_transaction)
    watchdog.cancel()


def patiently(call):
    while True:
        try:
            return call()
        except KafkaException as failed:
            if not failed.args[0].retriable():
                raise


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


{"produce": produce, "consume": consume, "copy": copy, "admin": admin}[options.verb]()
